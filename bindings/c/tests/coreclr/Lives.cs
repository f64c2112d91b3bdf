// Who frees what, and when: both orders, twice, too late, by the collector, and while others verify.
using System.Runtime.CompilerServices;

static unsafe class Lives {
    /// <summary>Bounds the waiting for finalisers; they are mostly done after the first collection.</summary>
    const int CollectionsMax = 50;

    public static void Run(World world, bool throws) {
        int live = Handle.Live;
        VerdictFirst(world);
        VerifierFirst(world);
        if (throws) {
            AfterTheEnd(world);
            WhileOthersVerify(world);
        }
        Check.Same(live, Handle.Live);
        Undisposed(world, live);
    }

    static void VerdictFirst(World world) {
        var (verifier, verdict) = Asked(world, "config.json");
        verdict.Dispose();
        verifier.Dispose();
    }

    static void VerifierFirst(World world) {
        var (verifier, verdict) = Asked(world, "config.json");
        verifier.Dispose();
        Check.Same("alice", verdict.Text(Native.TextOf("doorward_verdict_user")));
        Check.Same("say \"h\u00e9\"", verdict.Claim("greeting"u8));
        verdict.Dispose();
    }

    static void AfterTheEnd(World world) {
        var (verifier, verdict) = Asked(world, "config.json");
        var another = new Verdict();
        verdict.Dispose();
        verdict.Dispose();
        Check.Throws<ObjectDisposedException>(() => _ = verdict.Status);
        Check.Throws<ObjectDisposedException>(() => verifier.Verify("workflow-rest"u8, world.Good, verdict));
        verifier.Dispose();
        verifier.Dispose();
        Check.Throws<ObjectDisposedException>(() => verifier.Verify("workflow-rest"u8, world.Good, another));
        another.Dispose();
    }

    /// <summary>Each call keeps the verifier until it is done, so the last of them frees it.</summary>
    static void WhileOthersVerify(World world) {
        var verifier = world.Open();
        int serving = 0, wrong = 0;
        var threads = Threads.Start(4, _ => {
            using var verdict = new Verdict();
            try {
                for (bool isFirst = true; ; isFirst = false) {
                    if (verifier.Verify("workflow-rest"u8, world.Good, verdict) != Status.Ok) {
                        Interlocked.Increment(ref wrong);
                    }
                    if (isFirst) {
                        Interlocked.Increment(ref serving);
                    }
                }
            } catch (ObjectDisposedException) {
            }
        });
        Check.That(SpinWait.SpinUntil(() => Volatile.Read(ref serving) == 4, TimeSpan.FromSeconds(20)));
        verifier.Dispose();
        threads.Join();
        Check.Same(0, wrong);
    }

    /// <summary>Forgotten, they are freed by the collector's thread, in an order that nobody knows.</summary>
    static void Undisposed(World world, int live) {
        for (int time = 0; time < 5; time++) {
            Forget(world, "config.json");
            Forget(world, "remote.json");
        }
        Check.That(Handle.Live > live);
        for (int time = 0; time < CollectionsMax && Handle.Live > live; time++) {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }
        Check.Same(live, Handle.Live);
    }

    // Not inlined, so that nothing on the caller's stack holds what is forgotten.
    [MethodImpl(MethodImplOptions.NoInlining)]
    static void Forget(World world, string configuration) => Asked(world, configuration);

    static (Verifier, Verdict) Asked(World world, string configuration) {
        var (verifier, verdict) = (world.Open(configuration), new Verdict());
        Check.Same(Status.Ok, verifier.Verify("workflow-rest"u8, world.Good, verdict));
        return (verifier, verdict);
    }
}
