using System;
using System.Collections.Generic;
using System.Text;
using System.Threading;
using System.Threading.Tasks;
using NUnit.Framework;

namespace Doorward.Tests;

public class ResolveTests {
    static string Basic(string user, string password) => "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes($"{user}:{password}"));

    [Test]
    public void Pending_request_is_resolved_without_the_caller() {
        using var verifier = World.Open("basic");
        using var verdict = new Verdict();
        var task = verifier.ResolveAsync(new Request("reports", Basic("bob", "correct horse")), verdict);
        Assert.That(task.Wait(TimeSpan.FromSeconds(20)));
        Assert.That((task.Result, verdict.Status, verdict.QualifiedName), Is.EqualTo((Status.Ok, Status.Ok, "SVC:bob")));
        Assert.That(verifier.ResolveAsync(new Request("reports", Basic("bob", "wrong")), verdict).Result, Is.EqualTo(Status.BasicRejected));
        Assert.That((verdict.Status, verdict.QualifiedName), Is.EqualTo((Status.BasicRejected, (string?)null)));
    }

    /// <summary>Nobody serves the keys, for a second.</summary>
    [Test]
    public void Request_is_not_waited_for_by_who_has_cancelled() {
        using var verifier = World.Open("remote");
        using var verdict = new Verdict();
        verifier.Verify(new Request(World.Api, World.Token("good")), verdict);
        using var source = new CancellationTokenSource();
        var task = verifier.ResolveAsync(new Request("remote", World.Token("remote")), verdict, source.Token);
        source.Cancel();
        Assert.That(async () => await task, Throws.InstanceOf<OperationCanceledException>());
        Assert.That((verdict.Status, verdict.User), Is.EqualTo((Status.Ok, "alice")), "it is not overwritten");
        Assert.That(async () => await verifier.ResolveAsync(new Request("remote", null), verdict, source.Token),
            Throws.InstanceOf<OperationCanceledException>());
    }

    [Test]
    public void Verdict_that_is_disposed_of_meanwhile_stays_so() {
        using var verifier = World.Open("basic");
        for (int time = 0; time < 20; time++) {
            var verdict = new Verdict();
            var task = verifier.ResolveAsync(new Request("reports", Basic("bob", "wrong" + time)), verdict);
            verdict.Dispose();
            // The answer may have been there before.
            var end = Task.WhenAny(task, Task.Delay(TimeSpan.FromSeconds(20))).Result;
            Assert.That(end == task && (!task.IsFaulted || task.Exception!.InnerException is ObjectDisposedException));
            Assert.Throws<ObjectDisposedException>(() => _ = verdict.Status);
        }
    }

    /// <summary>The pool has as many threads as the machine has processors, and none of them is blocked.</summary>
    [Test]
    public void Requests_that_wait_do_not_block_the_pool() {
        using var verifier = World.Open("remote");
        var tasks = new List<Task<Status>>();
        for (int at = 0; at < 200; at++) {
            tasks.Add(verifier.ResolveAsync(new Request("remote", World.Token("remote")), new Verdict()));
        }
        var started = DateTime.UtcNow;
        Assert.That(Task.Run(() => { }).Wait(TimeSpan.FromSeconds(5)));
        Assert.That(DateTime.UtcNow - started, Is.LessThan(TimeSpan.FromMilliseconds(900)));
        Assert.That(Task.WhenAll(tasks).Wait(TimeSpan.FromSeconds(60)));
        Assert.That(tasks.ConvertAll(task => task.Result), Has.All.EqualTo(Status.KeysNeverLoaded).Or.EqualTo(Status.Pending));
    }

    [Test]
    public void Verifier_that_is_disposed_of_meanwhile_finishes_what_runs() {
        var verifier = World.Open("remote");
        using var verdict = new Verdict();
        var task = verifier.ResolveAsync(new Request("remote", World.Token("remote")), verdict);
        Thread.Sleep(100);
        verifier.Dispose();
        Assert.That(async () => await task, Is.EqualTo(Status.KeysNeverLoaded));
        Assert.That(async () => await verifier.ResolveAsync(new Request("remote", null), verdict),
            Throws.InstanceOf<ObjectDisposedException>());
    }
}
