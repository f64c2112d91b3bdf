using System;
using System.Runtime.InteropServices;
using System.Threading;

namespace Doorward;

/// <summary>
/// A verifier of the library, freed once: when nobody uses it any more, or else by the collector.
/// </summary>
/// <remarks>
/// Calls that decide don't count themselves here, where all threads would wait for one word of memory. Each notes the verifier in
/// the verdict that it fills in, which is its own; who closes the verifier looks into all verdicts, and where one uses it, leaves it
/// to the last one to free it.
/// </remarks>
sealed class VerifierHandle : SafeHandle {
    /// <summary>In the place of a verifier, where a verdict is only read.</summary>
    internal static readonly VerifierHandle None = new(IntPtr.Zero);

    volatile bool isClosing;

    internal VerifierHandle(IntPtr verifier) : base(IntPtr.Zero, ownsHandle: true) => SetHandle(verifier);

    public override bool IsInvalid => handle == IntPtr.Zero;

    /// <summary>Whether it takes no further calls.</summary>
    internal bool IsClosing => isClosing;

    /// <summary>For who has noted it in a verdict.</summary>
    internal IntPtr Pointer => handle;

    /// <summary>Keeps it open for one call that decides nothing. Throws <see cref="ObjectDisposedException"/> once it is closed.</summary>
    internal IntPtr Enter() {
        bool isAdded = false;
        if (isClosing) {
            throw Closed();
        }
        DangerousAddRef(ref isAdded);
        return handle;
    }

    internal void Exit() => DangerousRelease();

    internal static ObjectDisposedException Closed() => new(nameof(Verifier));

    internal void End() {
        isClosing = true;
        Interlocked.MemoryBarrier();
        FreeUnlessUsed();
    }

    /// <summary>For who closes it, and for each call that ends afterwards.</summary>
    internal void FreeUnlessUsed() {
        if (!VerdictHandle.AnyUses(this)) {
            Dispose();
        }
    }

    protected override bool ReleaseHandle() {
        NativeMethods.doorward_verifier_free(handle);
        return true;
    }
}
