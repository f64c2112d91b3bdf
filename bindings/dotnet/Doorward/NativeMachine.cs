using System;
using System.IO;

namespace Doorward;

/// <summary>For which system and processor a library was made, as .NET names both in one: <c>linux-x64</c>.</summary>
static class NativeMachine {
    const int HeadBytes = 4096;

    /// <summary>Null where the file is no library at all.</summary>
    internal static string? Of(string path) {
        byte[] head = Head(path);
        return OfElf(head) ?? OfWindows(head) ?? OfMac(head);
    }

    static byte[] Head(string path) {
        var head = new byte[HeadBytes];
        try {
            using var file = File.OpenRead(path);
            int at = 0, read;
            while (at < head.Length && (read = file.Read(head, at, head.Length - at)) > 0) {
                at += read;
            }
        } catch (Exception exception) when (exception is IOException or UnauthorizedAccessException) {
            throw new DoorwardLibraryException($"{path} can't be read: {exception.Message}");
        }
        return head;
    }

    // The numbers are those of the ELF specification, e_machine.
    static string? OfElf(byte[] head) => Number(head, 0) != 0x464C457F ? null : Half(head, 18) switch {
        3 => "linux-x86",
        62 => "linux-x64",
        40 => "linux-arm",
        183 => "linux-arm64",
        int other => $"ELF machine {other}",
    };

    // The numbers are those of the PE format, IMAGE_FILE_HEADER.Machine.
    static string? OfWindows(byte[] head) {
        int start = Half(head, 0) == 0x5A4D ? (int)Number(head, 60) : -1;
        if (start < 0 || start > HeadBytes - 8 || Number(head, start) != 0x4550) {
            return null;
        }
        return Half(head, start + 4) switch {
            0x14C => "win-x86",
            0x8664 => "win-x64",
            0xAA64 => "win-arm64",
            int other => $"Windows machine {other:X}",
        };
    }

    // The numbers are those of Mach-O, cputype.
    static string? OfMac(byte[] head) => Number(head, 0) != 0xFEEDFACF ? null : Number(head, 4) switch {
        0x01000007 => "osx-x64",
        0x0100000C => "osx-arm64",
        uint other => $"Mach-O processor {other:X}",
    };

    static int Half(byte[] head, int at) => head[at] | head[at + 1] << 8;

    static uint Number(byte[] head, int at) => (uint)(Half(head, at) | Half(head, at + 2) << 16);
}
