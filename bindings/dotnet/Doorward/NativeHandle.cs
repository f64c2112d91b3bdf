using System;
using System.Runtime.InteropServices;
using System.Threading;

namespace Doorward;

/// <summary>What the library owns, freed once: when nobody uses it any more, or else by the collector.</summary>
abstract class NativeHandle : SafeHandle {
    volatile bool isClosed;

    protected NativeHandle() : base(IntPtr.Zero, ownsHandle: true) { }

    public override bool IsInvalid => handle == IntPtr.Zero;

    /// <summary>Keeps it open for one call. Throws <see cref="ObjectDisposedException"/> once it is closed.</summary>
    internal IntPtr Enter() {
        bool isAdded = false;
        // By itself a handle lets new calls in until none is running, which never comes where many threads overlap.
        if (isClosed) {
            throw new ObjectDisposedException(GetType().Name);
        }
        DangerousAddRef(ref isAdded);
        return handle;
    }

    internal void Exit() => DangerousRelease();

    protected override void Dispose(bool disposing) {
        isClosed = true;
        base.Dispose(disposing);
    }
}

sealed class VerifierHandle : NativeHandle {
    internal VerifierHandle(IntPtr verifier) => SetHandle(verifier);

    protected override bool ReleaseHandle() {
        NativeMethods.doorward_verifier_free(handle);
        return true;
    }
}

/// <summary>A verdict of the library, and the buffer that characters of its requests are written to.</summary>
sealed unsafe class VerdictHandle : NativeHandle {
    Verdict? owner;
    int isBusy;
    TextBuffer? buffer;

    internal VerdictHandle() {
        NativeLibraryFile.Load();
        IntPtr verdict;
        var status = NativeMethods.doorward_verdict_new(&verdict);
        if (status != Status.Ok) {
            throw DoorwardException.Of(status, "");
        }
        SetHandle(verdict);
    }

    internal TextBuffer Buffer => buffer ??= new TextBuffer();

    /// <summary>
    /// Takes it for one call of its owner. In C a verdict serves one thread at a time; here a second one is told so, and one that
    /// has given its verdict back doesn't get at what another request has in it.
    /// </summary>
    internal IntPtr Enter(Verdict caller) {
        if (Interlocked.CompareExchange(ref isBusy, 1, 0) != 0) {
            throw new InvalidOperationException("another thread uses this verdict: let each have its own");
        }
        try {
            if (owner != caller) {
                throw new ObjectDisposedException(nameof(Verdict));
            }
            return Enter();
        } catch {
            Volatile.Write(ref isBusy, 0);
            throw;
        }
    }

    internal void Leave() {
        Exit();
        Volatile.Write(ref isBusy, 0);
    }

    internal VerdictHandle OwnedBy(Verdict caller) {
        Volatile.Write(ref owner, caller);
        return this;
    }

    /// <summary>Takes it from its owner. Whether another one may have it.</summary>
    internal bool GiveUp() {
        if (IsClosed || Interlocked.CompareExchange(ref isBusy, 1, 0) != 0) {
            return false;
        }
        owner = null;
        Volatile.Write(ref isBusy, 0);
        return true;
    }

    protected override bool ReleaseHandle() {
        NativeMethods.doorward_verdict_free(handle);
        buffer?.Free();
        return true;
    }
}
