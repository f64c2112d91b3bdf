using System;
using System.Collections.Generic;
using System.Runtime.InteropServices;
using System.Threading;

namespace Doorward;

/// <summary>A verdict of the library, and the buffer that characters of its requests are written to.</summary>
sealed unsafe class VerdictHandle : SafeHandle {
    /// <summary>All that there are, for those who close a verifier.</summary>
    static readonly List<WeakReference<VerdictHandle>> all = [];

    /// <summary>With how many those that are gone are taken out: seldom enough to cost nothing for each.</summary>
    static int cleanedAt = 64;

    /// <summary>What the call that has it now is made with; null where none has.</summary>
    VerifierHandle? user;

    Verdict? owner;
    volatile bool isEnding;
    TextBuffer? buffer;

    internal VerdictHandle() : base(IntPtr.Zero, ownsHandle: true) {
        NativeLibraryFile.Load();
        IntPtr verdict;
        NativeCall.Check(NativeMethods.doorward_verdict_new(&verdict));
        SetHandle(verdict);
        lock (all) {
            if (all.Count >= cleanedAt) {
                all.RemoveAll(static known => !known.TryGetTarget(out var handle) || handle.IsClosed);
                cleanedAt = Math.Max(64, 2 * all.Count);
            }
            all.Add(new WeakReference<VerdictHandle>(this));
        }
    }

    public override bool IsInvalid => handle == IntPtr.Zero;

    internal TextBuffer Buffer => buffer ??= new TextBuffer();

    internal static bool AnyUses(VerifierHandle verifier) {
        lock (all) {
            return all.Exists(known => known.TryGetTarget(out var handle) && Volatile.Read(ref handle.user) == verifier);
        }
    }

    /// <summary>
    /// Takes it for one call of its owner, with a verifier or with <see cref="VerifierHandle.None"/>. In C a verdict serves one thread at
    /// a time; here a second one is told so, and one that has given its verdict back doesn't get at what another request has in it.
    /// </summary>
    internal IntPtr Enter(Verdict caller, VerifierHandle verifier) {
        if (Interlocked.CompareExchange(ref user, verifier, null) is not null) {
            throw new InvalidOperationException("another thread uses this verdict: let each have its own");
        }
        bool isOwner = owner == caller;
        if (isOwner && !verifier.IsClosing) {
            return handle;
        }
        if (isOwner) {
            caller.Undecided();
        }
        Leave();
        throw isOwner ? VerifierHandle.Closed() : new ObjectDisposedException(nameof(Verdict));
    }

    internal void Leave() {
        var verifier = Interlocked.Exchange(ref user, null)!;
        if (verifier.IsClosing) {
            verifier.FreeUnlessUsed();
        }
        if (isEnding) {
            FreeUnlessUsed();
        }
    }

    internal VerdictHandle OwnedBy(Verdict caller) {
        Volatile.Write(ref owner, caller);
        return this;
    }

    /// <summary>Takes it from its owner. Whether another one may have it; else it ends when the call ends that has it.</summary>
    internal bool GiveUp() {
        if (Interlocked.CompareExchange(ref user, VerifierHandle.None, null) is null) {
            owner = null;
            Volatile.Write(ref user, null);
            return true;
        }
        isEnding = true;
        Interlocked.MemoryBarrier();
        FreeUnlessUsed();
        return false;
    }

    void FreeUnlessUsed() {
        // Nobody gets it any more.
        if (Interlocked.CompareExchange(ref user, VerifierHandle.None, null) is null) {
            Dispose();
        }
    }

    protected override bool ReleaseHandle() {
        NativeMethods.doorward_verdict_free(handle);
        buffer?.Free();
        return true;
    }
}
