#if NET8_0_OR_GREATER
using System;
using NUnit.Framework;

namespace Doorward.Tests;

public class AllocationTests {
    const int Times = 10_000;

    /// <summary>What the calls of this thread allocate, each of which has to come to what it should.</summary>
    static long Allocated(Func<int, bool> isRight) {
        long wrong = 0, before = GC.GetAllocatedBytesForCurrentThread();
        for (int time = 0; time < Times; time++) {
            wrong += isRight(time) ? 0 : 1;
        }
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.That(wrong, Is.Zero);
        return allocated;
    }

    [Test]
    public void Verify_allocates_nothing_with_bytes() {
        using var verifier = World.Open();
        using var verdict = new Verdict();
        byte[] good = World.TokenBytes("good"), forged = World.TokenBytes("forged");
        bool IsRight(int time) {
            var (token, expected) = time % 2 == 0 ? (good, Status.Ok) : (forged, Status.SignatureInvalid);
            var request = new Request {
                Api = "workflow-rest"u8, Authorization = (ReadOnlySpan<byte>)token, AuthorizationCount = 1, Peer = "203.0.113.7"u8,
            };
            return verifier.Verify(in request, verdict) == expected;
        }

        Allocated(IsRight);
        Assert.That(Allocated(IsRight), Is.Zero);
    }

    [Test]
    public void Verify_allocates_nothing_with_characters() {
        using var verifier = World.Open();
        using var verdict = new Verdict();
        string text = World.Token("good");
        char[] characters = text.ToCharArray();
        bool IsRight(int time) {
            var request = time % 2 == 0 ? new Request(World.Api, text) : new Request {
                Path = "/api/workflow/v1/x", Authorization = (ReadOnlySpan<char>)characters, AuthorizationCount = 1,
                Peer = "203.0.113.7",
            };
            return verifier.Verify(in request, verdict) == Status.Ok;
        }

        Allocated(IsRight);
        Assert.That(Allocated(IsRight), Is.Zero);
    }

    /// <summary>Else the tests above would see nothing.</summary>
    [Test]
    public void Allocations_are_counted() =>
        Assert.That(Allocated(static _ => new byte[1].Length == 1), Is.GreaterThan(Times));
}
#endif
