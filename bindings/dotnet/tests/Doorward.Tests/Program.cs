// The tests of the binding, which NUnit runs; or one call in a process of its own, of which another program reads what it says.
// DOORWARD_TEST_WORLD is the folder with configurations and tokens.
using System;
using System.Collections.Generic;
using System.IO;
using System.Reflection;
using NUnit.Framework.Api;
using NUnit.Framework.Interfaces;
using NUnit.Framework.Internal;

namespace Doorward.Tests;

static class Program {
    // NUnit takes the console while tests run.
    static readonly TextWriter console = Console.Out;

    static int Main(string[] arguments) => (arguments.Length == 2 ? arguments[0] : "") switch {
        "open" => Open(arguments[1]),
        "cases" => Cases.Run(arguments[1], console),
        _ => RunTests(arguments.Length > 0 ? arguments[0] : null),
    };

    static int Open(string path) {
        try {
            using var verifier = Verifier.OpenFile(path);
            console.WriteLine("opened");
            return 0;
        } catch (DoorwardException exception) {
            console.WriteLine($"{exception.GetType().Name}: {exception.Message}");
            return 1;
        }
    }

    static int RunTests(string? pattern) {
        // A field initialiser runs late.
        _ = console;
        var runner = new NUnitTestAssemblyRunner(new DefaultTestAssemblyBuilder());
        runner.Load(Assembly.GetExecutingAssembly(), new Dictionary<string, object>());
        var filter = pattern is null ? TestFilter.Empty : TestFilter.FromXml($"<filter><test re='1'>{pattern}</test></filter>");
        var result = runner.Run(new Listener(), filter);
        console.WriteLine($"{result.PassCount} passed, {result.FailCount} failed, {result.SkipCount} skipped");
        bool isGood = result.ResultState.Status == TestStatus.Passed && result.FailCount == 0 && result.PassCount > 0;
        return isGood ? 0 : 1;
    }

    sealed class Listener : ITestListener {
        public void TestStarted(ITest test) { }

        public void TestOutput(TestOutput output) => console.Write(output.Text);

        public void SendMessage(TestMessage message) { }

        public void TestFinished(ITestResult result) {
            if (result.ResultState.Status == TestStatus.Failed && (!result.Test.IsSuite || result.ResultState.Site == FailureSite.SetUp)) {
                console.WriteLine($"FAILED {result.FullName}\n{result.Message}\n{result.StackTrace}");
            }
        }
    }
}
