// Eight threads on one verifier, while the collector moves their tokens about; and what a call leaves to collect.

static unsafe class Load {
    const int ThreadCount = 8;
    const int TimesOfEach = 500;
    const int TimesMeasured = 2000;
    const int BytesOfGarbage = 20_000;

    public static void Run(World world) {
        using var verifier = world.Open();
        InAStorm(world, verifier);
        AllocatesNothing(world, verifier);
    }

    static void InAStorm(World world, Verifier verifier) {
        int wrong = 0, running = ThreadCount;
        int collections = GC.CollectionCount(GC.MaxGeneration);
        var threads = Threads.Start(ThreadCount, _ => {
            Interlocked.Add(ref wrong, VerifyOften(world, verifier));
            Interlocked.Decrement(ref running);
        });
        while (Volatile.Read(ref running) > 0) {
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Forced, blocking: true, compacting: true);
            if (verifier.Reload(world.At("config.json")) != Status.Ok) {
                Interlocked.Increment(ref wrong);
            }
        }
        threads.Join();
        Check.Same(0, wrong);
        Check.That(GC.CollectionCount(GC.MaxGeneration) - collections > ThreadCount);
    }

    /// <summary>How many answers were wrong. The token is a new one each time, which the collector will move.</summary>
    static int VerifyOften(World world, Verifier verifier) {
        var name = Native.TextOf("doorward_verdict_qualified_name");
        using var verdict = new Verdict();
        int wrong = 0;
        for (int time = 0; time < TimesOfEach; time++) {
            var garbage = new byte[BytesOfGarbage];
            byte[] good = world.Good.AsSpan().ToArray(), forged = world.Forged.AsSpan().ToArray();
            bool isRight = verifier.Verify("workflow-rest"u8, good, verdict) == Status.Ok
                && verdict.Reads(name, "AAD:alice"u8)
                && verifier.Verify("workflow-rest"u8, forged, verdict) == Status.SignatureInvalid
                && verdict.Reads(name, ""u8);
            wrong += isRight ? 0 : 1;
            GC.KeepAlive(garbage);
        }
        return wrong;
    }

    static void AllocatesNothing(World world, Verifier verifier) {
        using var verdict = new Verdict();
        Allocated(world, verifier, verdict);
        Check.Same(0, Allocated(world, verifier, verdict));
        long before = GC.GetAllocatedBytesForCurrentThread();
        GC.KeepAlive(new byte[1]);
        Check.That(GC.GetAllocatedBytesForCurrentThread() > before);
    }

    /// <summary>What the calls of one thread have allocated, for answers of both kinds and their texts.</summary>
    static long Allocated(World world, Verifier verifier, Verdict verdict) {
        var name = Native.TextOf("doorward_verdict_qualified_name");
        var challenge = Native.TextOf("doorward_verdict_challenge");
        long wrong = 0, before = GC.GetAllocatedBytesForCurrentThread();
        for (int time = 0; time < TimesMeasured; time++) {
            wrong += verifier.Verify("workflow-rest"u8, world.Good, verdict) == Status.Ok ? 0 : 1;
            wrong += verdict.Reads(name, "AAD:alice"u8) ? 0 : 1;
            wrong += verifier.Verify("workflow-rest"u8, world.Forged, verdict) == Status.SignatureInvalid ? 0 : 1;
            wrong += verdict.Reads(challenge, ""u8) ? 1 : 0;
        }
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Check.Same(0, wrong);
        return allocated;
    }
}
