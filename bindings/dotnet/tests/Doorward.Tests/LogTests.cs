using System;
using System.Collections.Generic;
using System.Threading;
using NUnit.Framework;

namespace Doorward.Tests;

public class LogTests {
    [TearDown]
    public void Off() => DoorwardLog.Set(null);

    [Test]
    public void Sink_is_told_on_another_thread_until_it_is_taken_away() {
        var lines = new List<(DoorwardLogLevel Level, string Text)>();
        using var told = new ManualResetEventSlim();
        DoorwardLog.Set((level, text) => {
            lock (lines) {
                lines.Add((level, text));
            }
            told.Set();
            GC.Collect();
            throw new InvalidOperationException("which is lost");
        }, DoorwardLogLevel.Debug);
        using (var verifier = World.Open("remote")) {
            verifier.Start();
            Assert.That(told.Wait(TimeSpan.FromSeconds(20)));
        }
        DoorwardLog.Set(null);
        int count = lines.Count;
        using (var verifier = World.Open("remote")) {
            verifier.Start();
            verifier.WaitForKeys(TimeSpan.FromMilliseconds(300));
        }
        Assert.That(lines.Count, Is.EqualTo(count));
        Assert.That(lines, Has.All.Matches<(DoorwardLogLevel Level, string Text)>(line =>
            line.Level is >= DoorwardLogLevel.Error and <= DoorwardLogLevel.Debug && line.Text.Length > 5));
    }

    [Test]
    public void Level_leaves_lines_out() {
        int told = 0;
        DoorwardLog.Set((_, _) => Interlocked.Increment(ref told), DoorwardLogLevel.None);
        using var verifier = World.Open("remote");
        verifier.Start();
        verifier.WaitForKeys(TimeSpan.FromMilliseconds(300));
        Assert.That(told, Is.Zero);
        Assert.That(Assert.Throws<DoorwardException>(() => DoorwardLog.Set((_, _) => { }, (DoorwardLogLevel)9))!.Status,
            Is.EqualTo(Status.ArgumentInvalid));
    }
}
