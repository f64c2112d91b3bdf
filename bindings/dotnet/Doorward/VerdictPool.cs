using System;
using System.Collections.Concurrent;
using System.Threading;

namespace Doorward;

/// <summary>What disposed verdicts had of the native library: a few for each processor.</summary>
static class VerdictPool {
    static readonly int capacity = 8 * Environment.ProcessorCount;
    static readonly ConcurrentQueue<VerdictHandle> kept = new();
    static int count;

    internal static VerdictHandle Rent() {
        if (!kept.TryDequeue(out var handle)) {
            return new VerdictHandle();
        }
        Interlocked.Decrement(ref count);
        return handle;
    }

    internal static void Return(VerdictHandle handle) {
        if (!handle.GiveUp()) {
            return;
        }
        if (Interlocked.Increment(ref count) <= capacity) {
            kept.Enqueue(handle);
        } else {
            Interlocked.Decrement(ref count);
            handle.Dispose();
        }
    }
}
