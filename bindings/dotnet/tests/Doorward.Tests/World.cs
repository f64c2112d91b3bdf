using System;
using System.IO;

namespace Doorward.Tests;

/// <summary>Configurations and tokens, which tests in Rust make.</summary>
static class World {
    /// <summary>Empty if the variable is not set, which <see cref="WorldSetUp"/> lets no test come to see.</summary>
    internal static readonly string Folder = Environment.GetEnvironmentVariable("DOORWARD_TEST_WORLD") ?? "";

    internal const string Api = "workflow-rest";

    internal static string At(string name) => Path.Combine(Folder, name);

    internal static string Read(string name) => File.ReadAllText(At(name));

    /// <summary>The value of an Authorization header.</summary>
    internal static string Token(string name) => Read(name + ".token");

    internal static byte[] TokenBytes(string name) => File.ReadAllBytes(At(name + ".token"));

    internal static Verifier Open(string name = "config") => Verifier.OpenFile(At(name + ".json"));

    internal static Status Verify(this Verifier verifier, Verdict verdict, string token) =>
        verifier.Verify(new Request(Api, Token(token)), verdict);
}
