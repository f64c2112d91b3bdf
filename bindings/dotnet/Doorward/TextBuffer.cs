using System;
using System.Runtime.InteropServices;
using System.Text;

namespace Doorward;

/// <summary>
/// Memory that the collector does not move, for the characters of one request at a time as bytes. What is longer than the library
/// takes is cut behind its maximum, where it still is too long.
/// </summary>
sealed unsafe class TextBuffer {
    /// <summary>As src/limits.rs says of texts of the configuration.</summary>
    const int ApiMax = 4096;

    /// <summary>As src/limits.rs says of paths.</summary>
    const int PathMax = 8192;

    /// <summary>No address of a client is as long, even with its zone.</summary>
    const int PeerMax = 256;

    const int BytesOfCharacter = 3;
    const int NameBytes = (PathMax + 1) * BytesOfCharacter;
    const int PeerBytes = PeerMax * BytesOfCharacter;
    const int AuthorizationBytes = NativeMethods.DOORWARD_AUTHORIZATION_BYTES + 1;

    /// <summary>Not a byte of UTF-8, nor of any credential.</summary>
    const byte NotAscii = 0xFF;

    readonly byte* start = (byte*)Marshal.AllocHGlobal(NameBytes + PeerBytes + AuthorizationBytes);

    byte* PeerStart => start + NameBytes;

    byte* AuthorizationStart => PeerStart + PeerBytes;

    internal void Free() => Marshal.FreeHGlobal((IntPtr)start);

    internal void Api(char* characters, int count, out byte* bytes, out nuint length) =>
        Name(characters, Math.Min(count, ApiMax + 1), out bytes, out length);

    internal void Path(char* characters, int count, out byte* bytes, out nuint length) =>
        Name(characters, Math.Min(count, PathMax + 1), out bytes, out length);

    void Name(char* characters, int count, out byte* bytes, out nuint length) {
        bytes = start;
        length = (nuint)Encoding.UTF8.GetBytes(characters, count, start, NameBytes);
    }

    internal void Peer(char* characters, int count, out byte* bytes, out nuint length) {
        bytes = PeerStart;
        length = (nuint)Encoding.UTF8.GetBytes(characters, Math.Min(count, PeerMax), bytes, PeerBytes);
    }

    /// <summary>A credential is ASCII: a character that is none becomes a byte that no credential has.</summary>
    internal void Authorization(char* characters, int count, out byte* bytes, out nuint length) {
        count = Math.Min(count, AuthorizationBytes);
        bytes = AuthorizationStart;
        length = (nuint)count;
        Narrow(characters, count, bytes);
    }

    static void Narrow(char* characters, int count, byte* bytes) {
        int at = 0;
#if NET8_0_OR_GREATER
        System.Text.Ascii.FromUtf16(new ReadOnlySpan<char>(characters, count), new Span<byte>(bytes, count), out at);
#endif
        for (; at < count; at++) {
            bytes[at] = characters[at] < 0x80 ? (byte)characters[at] : NotAscii;
        }
    }

    /// <summary>No credential stays in memory longer than its request.</summary>
    internal void Wipe(nuint length) {
#if NET8_0_OR_GREATER
        new Span<byte>(AuthorizationStart, (int)length).Clear();
#else
        for (nuint at = 0; at < length; at++) {
            AuthorizationStart[at] = 0;
        }
#endif
    }
}
