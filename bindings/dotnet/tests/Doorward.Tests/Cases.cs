// Decides what a file of cases holds, and compares the answers with those that the file has of the Rust library. Its form is
// told in bindings/c/tests/c/cases.c.
using System;
using System.IO;
using System.Runtime.InteropServices;
using System.Text;

namespace Doorward.Tests;

static unsafe class Cases {
    /// <summary>Only there where the library was built with the feature `test-hooks`.</summary>
    [DllImport("libdoorward", CallingConvention = CallingConvention.Cdecl)]
    static extern Status doorward_test_open_at(byte* configuration, nuint configuration_len, long now, IntPtr* verifier,
        byte* error, nuint error_capacity, nuint* error_needed);

    internal static int Run(string path, TextWriter console) {
        using var reader = new BinaryReader(File.OpenRead(path));
        using var verdict = new Verdict();
        int configurations = 0, requests = 0, texts = 0;
        while (reader.BaseStream.Position < reader.BaseStream.Length) {
            configurations++;
            string name = Encoding.UTF8.GetString(Bytes(reader));
            var (opened, verifier) = Open(Bytes(reader), reader.ReadInt64());
            if (!Same(name, Encoding.UTF8.GetString(Bytes(reader)), opened, console)) {
                return 1;
            }
            for (long left = reader.ReadInt64(); left > 0; left--) {
                requests++;
                byte[] api = Bytes(reader);
                int count = (int)reader.ReadInt64();
                byte[] authorization = Bytes(reader);
                string expected = Encoding.UTF8.GetString(Bytes(reader));
                var request = new Request { Api = api, Authorization = authorization, AuthorizationCount = count };
                verifier!.Verify(in request, verdict);
                if (!Same(name, expected, Answer(verdict), console)) {
                    return 1;
                }
                // Characters can say all that is UTF-8.
                if (TryText(authorization) is not string text) {
                    continue;
                }
                texts++;
                request = new Request { Api = Encoding.UTF8.GetString(api), Authorization = text, AuthorizationCount = count };
                verifier.Verify(in request, verdict);
                if (!Same(name + ", as characters", expected, Answer(verdict), console)) {
                    return 1;
                }
            }
            verifier?.Dispose();
        }
        console.WriteLine($"{configurations} configurations, {requests} requests, {texts} as characters");
        return 0;
    }

    static byte[] Bytes(BinaryReader reader) => reader.ReadBytes(checked((int)reader.ReadInt64()));

    /// <summary>Null where it is no UTF-8.</summary>
    static string? TryText(byte[] bytes) {
        string text = Encoding.UTF8.GetString(bytes);
        byte[] again = Encoding.UTF8.GetBytes(text);
        return again.Length == bytes.Length && Convert.ToBase64String(again) == Convert.ToBase64String(bytes) ? text : null;
    }

    static bool Same(string name, string expected, string got, TextWriter console) {
        if (expected == got) {
            return true;
        }
        console.WriteLine($"{name}: expected\n{expected}\ngot\n{got}");
        return false;
    }

    static (string, Verifier?) Open(byte[] configuration, long now) {
        IntPtr verifier = IntPtr.Zero;
        nuint needed = 0;
        var error = new byte[4096];
        Status status;
        fixed (byte* data = configuration, message = error) {
            status = doorward_test_open_at(data, (nuint)configuration.Length, now, &verifier, message, (nuint)error.Length, &needed);
        }
        string told = $"{(uint)status}\n{Encoding.UTF8.GetString(error, 0, (int)needed)}\n";
        return (told, verifier == IntPtr.Zero ? null : new Verifier(new VerifierHandle(verifier)));
    }

    static string Answer(Verdict verdict) {
        var lines = new StringBuilder();
        void Add(object? line) => lines.Append(line).Append('\n');

        Add((uint)verdict.Status);
        Add(verdict.QualifiedName);
        Add(verdict.Label);
        Add(verdict.User);
        Add(verdict.Method);
        Add(verdict.Issuer);
        Add(verdict.Subject);
        Add(verdict.Tenant);
        Add(verdict.ObjectId);
        Add(verdict.Client);
        Add(verdict.TokenId);
        Add(verdict.ExpiresAt?.ToUnixTimeSeconds() ?? 0);
        Add(verdict.IsAdministrator ? 1 : 0);
        Add(verdict.IsAppOnly ? 1 : 0);
        Array.ForEach(verdict.Scopes, Add);
        Array.ForEach(verdict.Roles, Add);
        foreach (string name in verdict.ClaimNames) {
            Add(name);
            Add(verdict.ClaimJson(name));
        }
        Add(verdict.Http);
        Add((long)verdict.RetryAfter.TotalSeconds);
        Add(verdict.Challenge);
        Add(verdict.DeniedClaim);
        Add(verdict.Expected);
        return lines.ToString();
    }
}
