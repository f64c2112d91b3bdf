using System;
using System.Text;

namespace Doorward;

/// <summary>Texts that are copied, in and out.</summary>
static unsafe class Utf8 {
    internal static string Text(byte* data, int length) => length == 0 ? "" : Encoding.UTF8.GetString(data, length);

    /// <summary>Bytes of a text that is never null: what is null in C is not given.</summary>
    internal static byte[] Bytes(string text) {
        // An array without an element has no address.
        return text.Length == 0 ? new byte[1] : Encoding.UTF8.GetBytes(text);
    }

    internal static int Length(string text) => Encoding.UTF8.GetByteCount(text);
}
