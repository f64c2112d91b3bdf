using System;
using System.Collections.Generic;
using System.Threading;
using NUnit.Framework;

namespace Doorward.Tests;

public class VerdictTests {
    [Test]
    public void Disposed_verdict_can_not_be_read_nor_used() {
        using var verifier = World.Open();
        var verdict = new Verdict();
        verifier.Verify(verdict, "good");
        verdict.Dispose();
        verdict.Dispose();
        Assert.Throws<ObjectDisposedException>(() => _ = verdict.User);
        Assert.Throws<ObjectDisposedException>(() => _ = verdict.Status);
        Assert.Throws<ObjectDisposedException>(() => _ = verdict.Scopes);
        Assert.Throws<ObjectDisposedException>(() => verifier.Verify(verdict, "good"));
        Assert.Throws<ObjectDisposedException>(() => verifier.ResolveAsync(new Request(World.Api, null), verdict));
    }

    [Test]
    public void Disposed_verifier_can_not_be_used_and_leaves_the_verdict_denied() {
        var verifier = World.Open();
        using var verdict = new Verdict();
        Assert.That(verifier.Verify(verdict, "good"), Is.EqualTo(Status.Ok));
        verifier.Dispose();
        verifier.Dispose();
        Assert.Throws<ObjectDisposedException>(() => verifier.Verify(verdict, "good"));
        Assert.That((verdict.Status, verdict.User), Is.EqualTo((Status.CredentialsMissing, (string?)null)));
        Assert.Throws<ObjectDisposedException>(() => verifier.Health());
        Assert.Throws<ObjectDisposedException>(() => verifier.Explain(new Request(World.Api, null)));
        Assert.Throws<ObjectDisposedException>(() => verifier.Reload("{}"));
        Assert.Throws<ObjectDisposedException>(() => verifier.HasApi("x"));
    }

    [Test]
    public void What_another_request_left_in_the_pool_is_not_read() {
        using var verifier = World.Open();
        for (int time = 0; time < 100; time++) {
            var first = new Verdict();
            Assert.That(verifier.Verify(first, "good"), Is.EqualTo(Status.Ok));
            first.Dispose();
            using var second = new Verdict();
            Assert.That((second.Status, second.User, second.ClaimNames.Length), Is.EqualTo((Status.CredentialsMissing, (string?)null, 0)));
            Assert.Throws<ObjectDisposedException>(() => _ = first.User);
        }
    }

    /// <summary>A thread that had begun to use a verdict when another one disposed of it finds it in other hands.</summary>
    [Test]
    public void What_was_given_back_is_not_taken_again() {
        var first = new Verdict();
        var handle = first.Handle;
        first.Dispose();
        var others = new List<Verdict>();
        do {
            others.Add(new Verdict());
        } while (others[others.Count - 1].Handle != handle && others.Count < 1000);
        Assert.That(others[others.Count - 1].Handle, Is.SameAs(handle));
        Assert.Throws<ObjectDisposedException>(() => handle.Enter(first, VerifierHandle.None));
        Assert.That(handle.Enter(others[others.Count - 1], VerifierHandle.None), Is.Not.EqualTo(IntPtr.Zero));
        handle.Leave();
        others.ForEach(verdict => verdict.Dispose());
    }

    [Test]
    public void Verdict_that_is_disposed_of_while_it_is_used_is_freed_afterwards() {
        using var verifier = World.Open("remote");
        var verdict = new Verdict();
        var handle = verdict.Handle;
        var caller = new Thread(() => verifier.Resolve(new Request("remote", World.Token("remote")), verdict));
        caller.Start();
        Thread.Sleep(200);
        verdict.Dispose();
        Assert.That(caller.IsAlive && !handle.IsClosed, "it waits for keys that nobody serves");
        caller.Join();
        Assert.That(handle.IsClosed);
    }

    /// <summary>Many threads misuse one verdict: each gets its own answer, or is told of its mistake.</summary>
    [Test]
    public void Verdict_that_two_threads_use_says_so() {
        using var verifier = World.Open();
        using var verdict = new Verdict();
        int answers = 0, told = 0, wrong = 0;
        Threads.Run(4, _ => {
            for (int time = 0; time < 3000; time++) {
                try {
                    var status = verifier.Verify(verdict, time % 2 == 0 ? "good" : "forged");
                    Interlocked.Increment(ref status == (time % 2 == 0 ? Status.Ok : Status.SignatureInvalid) ? ref answers : ref wrong);
                    if (verdict.User is not (null or "alice")) {
                        Interlocked.Increment(ref wrong);
                    }
                } catch (InvalidOperationException) {
                    Interlocked.Increment(ref told);
                }
            }
        });
        Assert.That(wrong, Is.Zero);
        Assert.That(answers, Is.GreaterThan(100));
        TestContext.Out.WriteLine($"{answers} answers, {told} times told");
        Assert.That(verifier.Verify(verdict, "good"), Is.EqualTo(Status.Ok));
    }

    /// <summary>Verdicts are disposed of while they are used, and those that take their place belong to others.</summary>
    [Test]
    public void Verdicts_change_hands_while_they_are_used() {
        using var verifier = World.Open();
        var verdicts = new Verdict[8];
        for (int at = 0; at < verdicts.Length; at++) {
            verdicts[at] = new Verdict();
        }
        int wrong = 0;
        Threads.Run(4, number => {
            var random = new Random(number);
            for (int time = 0; time < 5000; time++) {
                int at = random.Next(verdicts.Length);
                if (time % 3 == 0) {
                    Interlocked.Exchange(ref verdicts[at], new Verdict()).Dispose();
                    continue;
                }
                var verdict = Volatile.Read(ref verdicts[at]);
                try {
                    bool isGood = time % 2 == 0;
                    var status = verifier.Verify(verdict, isGood ? "good" : "forged");
                    wrong += status == (isGood ? Status.Ok : Status.SignatureInvalid) ? 0 : 1;
                } catch (Exception exception) when (exception is InvalidOperationException) {
                    // Used by another thread, or disposed of, which is an InvalidOperationException too.
                }
            }
        });
        Array.ForEach(verdicts, verdict => verdict.Dispose());
        Assert.That(wrong, Is.Zero);
    }

    [Test]
    public void Each_thread_with_a_verdict_of_its_own_gets_its_answers() {
        using var verifier = World.Open();
        string good = World.Token("good"), forged = World.Token("forged");
        int wrong = 0;
        Threads.Run(4, _ => {
            using var verdict = new Verdict();
            for (int time = 0; time < 2000; time++) {
                bool isGood = verifier.Verify(new Request(World.Api, good), verdict) == Status.Ok && verdict.User == "alice";
                bool isBad = verifier.Verify(new Request(World.Api, forged), verdict) == Status.SignatureInvalid && verdict.User is null;
                if (!isGood || !isBad) {
                    Interlocked.Increment(ref wrong);
                }
            }
        });
        Assert.That(wrong, Is.Zero);
    }
}
