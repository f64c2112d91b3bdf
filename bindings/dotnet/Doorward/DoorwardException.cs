using System;

namespace Doorward;

/// <summary>A call that could not do what was asked: never that a request is denied, which a <see cref="Verdict"/> tells.</summary>
public class DoorwardException : Exception {
    internal DoorwardException(Status status, string message) : base(message) => Status = status;

    /// <summary>The code, of the blocks 1000, 7000 and 9000.</summary>
    public Status Status { get; }

    internal static DoorwardException Of(Status status, string what) {
        string message = what.Length > 0 ? what : status.Message();
        return new DoorwardException(status, $"{message} ({status}, {(uint)status})");
    }
}

/// <summary>The native library is missing, of another version, or made for another kind of machine.</summary>
public sealed class DoorwardLibraryException : DoorwardException {
    internal DoorwardLibraryException(string message) : base(Status.AbiMismatch, message) { }
}
