using System;
using System.Text;

namespace Doorward;

/// <summary>Calls that write a text to a buffer of the caller.</summary>
static unsafe class NativeCall {
    const int ErrorBytes = 4096;
    const int TextBytes = 16 * 1024;

    internal delegate Status Failing(byte* error, nuint capacity, nuint* needed);

    /// <summary>Throws what the call says of itself where it fails.</summary>
    internal static void Check(Failing call) {
        byte* error = stackalloc byte[ErrorBytes];
        nuint needed = 0;
        var status = call(error, ErrorBytes, &needed);
        if (status != Status.Ok) {
            // It ends with a NUL where it was cut.
            int length = (int)Math.Min((ulong)needed, ErrorBytes - 1);
            throw DoorwardException.Of(status, Utf8.Text(error, length));
        }
    }

    internal static void Check(Status status) {
        if (status != Status.Ok) {
            throw DoorwardException.Of(status, "");
        }
    }

    /// <summary>What the call writes, with a larger buffer where it says that it needs one.</summary>
    internal static string Text(Failing call) {
        var buffer = new byte[TextBytes];
        while (true) {
            nuint needed = 0;
            Status status;
            fixed (byte* bytes = buffer) {
                status = call(bytes, (nuint)buffer.Length, &needed);
            }
            if (status == Status.Ok) {
                return Encoding.UTF8.GetString(buffer, 0, checked((int)needed));
            }
            if (status != Status.BufferTooSmall) {
                throw DoorwardException.Of(status, "");
            }
            // It may have grown meanwhile.
            buffer = new byte[checked((int)needed + TextBytes)];
        }
    }
}
