using System;
using System.IO;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Threading;
using NUnit.Framework;

namespace Doorward.Tests;

/// <summary>Verifiers and verdicts come and go, and the process stays as it is.</summary>
public class LifeTests {
    const int Rounds = 1000;
    const int Callers = 4;

    /// <summary>Some rounds warm up; the others must not add to what the process has.</summary>
    [Test]
    public void A_thousand_rounds_leave_nothing_behind() {
        string good = World.Token("good");
        Repeat(Rounds / 2, good);
        var before = Process();
        Repeat(Rounds, good);
        var after = Process();
        TestContext.Out.WriteLine($"before {before}, after {Rounds} rounds {after}");
        Assert.That(after.Threads, Is.LessThanOrEqualTo(before.Threads + 2));
        Assert.That(after.Files, Is.LessThanOrEqualTo(before.Files + 4));
        Assert.That(after.NativeBytes, Is.LessThan(before.NativeBytes + 512 * 1024));
        Assert.That(after.ManagedBytes, Is.LessThan(before.ManagedBytes + 512 * 1024));
    }

    static void Repeat(int rounds, string good) {
        using var stop = new ManualResetEventSlim();
        // What the collector does to those that nobody disposed of, it does all the time.
        var storm = new Thread(() => {
            while (!stop.Wait(1)) {
                GC.Collect();
            }
        });
        storm.Start();
        try {
            Threads.Run(Callers, number => {
                for (int round = number; round < rounds; round += Callers) {
                    Round(round, good);
                }
            });
        } finally {
            stop.Set();
            storm.Join();
        }
        for (int time = 0; time < 3; time++) {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }
    }

    /// <summary>Half of them are left to the collector. One in ten has a thread of the library, which ends with it.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    static void Round(int round, string good) {
        var verifier = World.Open(round % 10 == 0 ? "remote" : "config");
        var verdict = new Verdict();
        if (round % 10 == 0) {
            verifier.Start();
        }
        Assert.That(verifier.Verify(new Request(World.Api, good), verdict), Is.EqualTo(Status.Ok));
        Assert.That(verdict.User, Is.EqualTo("alice"));
        if (round % 2 == 0) {
            verdict.Dispose();
            verifier.Dispose();
        }
    }

    static int ThreadCount() => Directory.GetDirectories("/proc/self/task").Length;

    static (int Threads, int Files, long NativeBytes, long ManagedBytes) Process() => (
        ThreadCount(), Directory.GetFiles("/proc/self/fd").Length, (long)mallinfo2().InUse,
        GC.GetTotalMemory(forceFullCollection: true));

    /// <summary>What the C library tells of its heap: ten numbers, of which the eighth is how many bytes are in use.</summary>
    [StructLayout(LayoutKind.Sequential)]
    struct Mallinfo {
        readonly nuint a, b, c, d, e, f, g;
        internal readonly nuint InUse;
        readonly nuint h, i;
    }

    [DllImport("libc", ExactSpelling = true)]
    static extern Mallinfo mallinfo2();

    /// <summary>At once, also where a call ran when it was disposed of; the collector has no part in it.</summary>
    [Test]
    public void Disposed_verifier_ends_its_thread() {
        using (var other = World.Open("remote")) {
            other.Start();
        }
        int before = ThreadCount();
        var idle = World.Open("remote");
        idle.Start();
        Assert.That(ThreadCount(), Is.GreaterThan(before));
        idle.Dispose();
        Assert.That(SpinWait.SpinUntil(() => ThreadCount() <= before, TimeSpan.FromSeconds(3)));

        var used = World.Open("remote");
        using var verdict = new Verdict();
        var caller = new Thread(() => used.Resolve(new Request("remote", World.Token("remote")), verdict));
        caller.Start();
        Thread.Sleep(200);
        used.Dispose();
        Assert.That(caller.IsAlive, "it waits for keys that nobody serves");
        caller.Join();
        Assert.That(verdict.Status, Is.EqualTo(Status.KeysNeverLoaded));
        Assert.That(SpinWait.SpinUntil(() => ThreadCount() <= before, TimeSpan.FromSeconds(3)));
    }

    /// <summary>Disposed of while others are in calls: each call finishes, or says that it came too late.</summary>
    [Test]
    public void Verifier_is_disposed_of_while_threads_use_it() {
        string good = World.Token("good");
        int late = 0, answers = 0;
        for (int time = 0; time < 50; time++) {
            var verifier = World.Open();
            Threads.Run(Callers, number => {
                using var verdict = new Verdict();
                for (int round = 0; round < 200; round++) {
                    if (number == 0 && round == 20) {
                        verifier.Dispose();
                    }
                    try {
                        Assert.That(verifier.Verify(new Request(World.Api, good), verdict), Is.EqualTo(Status.Ok));
                        Interlocked.Increment(ref answers);
                    } catch (ObjectDisposedException) {
                        Interlocked.Increment(ref late);
                    }
                }
            });
        }
        TestContext.Out.WriteLine($"{answers} answers, {late} came too late");
        Assert.That(late, Is.GreaterThan(1000));
        Assert.That(answers, Is.GreaterThan(500));
    }
}
