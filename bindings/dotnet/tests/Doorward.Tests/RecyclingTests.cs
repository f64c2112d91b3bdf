using System;
using System.IO;
using System.Threading;
using NUnit.Framework;
#if NET8_0_OR_GREATER
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.Loader;
#endif

namespace Doorward.Tests;

/// <summary>
/// Applications come and go while their process lives on: each has the library to itself, sets its log, and ends without disposing of
/// anything, with a thread of the library at work. Not the log on Mono, which does not unload a domain that another thread than its
/// own was in, and would wait for ever.
/// </summary>
public class RecyclingTests {
    const int Rounds = 30;

    /// <summary>What an application does, in an assembly of its own that nothing else refers to.</summary>
    static void Use() {
#if NET8_0_OR_GREATER
        var told = (int[]?)AppContext.GetData(Told);
        DoorwardLog.Set((_, _) => Interlocked.Increment(ref told![0]), DoorwardLogLevel.Debug);
#endif
        var remote = World.Open("remote");
        remote.Start();
        var verifier = World.Open();
        var verdict = new Verdict();
        remote.WaitForKeys(TimeSpan.FromMilliseconds(20));
        if (verifier.Verify(verdict, "good") != Status.Ok || verdict.User != "alice") {
            throw new InvalidOperationException("the answer is another one");
        }
    }

    static int ThreadCount() => Directory.GetDirectories("/proc/self/task").Length;

    static void ThreadsEnd(int before) {
        bool haveEnded = SpinWait.SpinUntil(() => {
            Thread.Sleep(50);
            GC.Collect();
            GC.WaitForPendingFinalizers();
            return ThreadCount() <= before + 1;
        }, TimeSpan.FromSeconds(20));
        Assert.That(haveEnded, $"{before} threads before, {ThreadCount()} after");
    }

#if NET8_0_OR_GREATER
    const string Told = "Doorward.Tests.Told";

    [Test]
    public void Contexts_are_unloaded_with_a_thread_at_work() {
        var told = new int[1];
        AppContext.SetData(Told, told);
        Use();
        DoorwardLog.Set(null);
        int before = ThreadCount();
        for (int round = 0; round < Rounds; round++) {
            UseAndUnload();
        }
        ThreadsEnd(before);
        int until = told[0];
        SaySomething();
        Assert.That(told[0], Is.EqualTo(until));
        Assert.That(until, Is.GreaterThan(0));
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    static void UseAndUnload() {
        var context = new AssemblyLoadContext("an application", isCollectible: true);
        context.Resolving += static (self, name) => self.LoadFromAssemblyPath(At(name.Name!));
        foreach (string name in new[] { "Doorward", "Doorward.Tests" }) {
            context.LoadFromAssemblyPath(At(name));
        }
        var tests = context.LoadFromAssemblyPath(At("Doorward.Tests")).GetType(typeof(RecyclingTests).FullName!)!;
        Assert.That(tests, Is.Not.EqualTo(typeof(RecyclingTests)));
        tests.GetMethod(nameof(Use), BindingFlags.NonPublic | BindingFlags.Static)!.Invoke(null, null);
        context.Unload();
    }

    /// <summary>Has the library say something, of which nobody is told who is gone.</summary>
    static void SaySomething() {
        using var remote = World.Open("remote");
        remote.Start();
        remote.WaitForKeys(TimeSpan.FromMilliseconds(500));
    }

    static string At(string name) => Path.Combine(AppContext.BaseDirectory, name + ".dll");
#else
    sealed class Application : MarshalByRefObject {
        public void Run() => Use();
    }

    [Test]
    public void Domains_are_unloaded_with_a_thread_at_work() {
        Use();
        int before = ThreadCount();
        for (int round = 0; round < Rounds; round++) {
            var domain = AppDomain.CreateDomain("an application");
            var type = typeof(Application);
            ((Application)domain.CreateInstanceFromAndUnwrap(type.Assembly.Location, type.FullName)).Run();
            AppDomain.Unload(domain);
        }
        ThreadsEnd(before);
    }
#endif
}
