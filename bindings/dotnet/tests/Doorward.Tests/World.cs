using System;
using System.IO;

namespace Doorward.Tests;

/// <summary>Configurations and tokens, which the test that started this has made.</summary>
static class World {
    static readonly string folder = Environment.GetEnvironmentVariable("DOORWARD_TEST_WORLD")
        ?? throw new InvalidOperationException("DOORWARD_TEST_WORLD names no folder");

    internal const string Api = "workflow-rest";

    internal static string At(string name) => Path.Combine(folder, name);

    internal static string Read(string name) => File.ReadAllText(At(name));

    /// <summary>The value of an Authorization header.</summary>
    internal static string Token(string name) => Read(name + ".token");

    internal static byte[] TokenBytes(string name) => File.ReadAllBytes(At(name + ".token"));

    internal static Verifier Open(string name = "config") => Verifier.OpenFile(At(name + ".json"));

    internal static Status Verify(this Verifier verifier, Verdict verdict, string token) =>
        verifier.Verify(new Request(Api, Token(token)), verdict);
}
