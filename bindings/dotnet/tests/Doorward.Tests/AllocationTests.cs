#if NET8_0_OR_GREATER
using System;
using NUnit.Framework;

namespace Doorward.Tests;

public class AllocationTests {
    const int Times = 10_000;

    [Test]
    public void Verify_allocates_nothing_with_bytes() {
        using var verifier = World.Open();
        using var verdict = new Verdict();
        byte[] good = World.TokenBytes("good"), forged = World.TokenBytes("forged");
        long Allocated() {
            long wrong = 0, before = GC.GetAllocatedBytesForCurrentThread();
            for (int time = 0; time < Times; time++) {
                ReadOnlySpan<byte> token = time % 2 == 0 ? good : forged;
                var status = verifier.Verify(new Request { Api = "workflow-rest"u8, Authorization = token, AuthorizationCount = 1 }, verdict);
                wrong += status == (time % 2 == 0 ? Status.Ok : Status.SignatureInvalid) ? 0 : 1;
            }
            long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            Assert.That(wrong, Is.Zero);
            return allocated;
        }

        Allocated();
        Assert.That(Allocated(), Is.Zero);
    }

    [Test]
    public void Verify_allocates_nothing_with_characters() {
        using var verifier = World.Open();
        using var verdict = new Verdict();
        string text = World.Token("good");
        char[] characters = text.ToCharArray();
        long Allocated() {
            long wrong = 0, before = GC.GetAllocatedBytesForCurrentThread();
            for (int time = 0; time < Times; time++) {
                wrong += verifier.Verify(new Request(World.Api, text), verdict) == Status.Ok ? 0 : 1;
                ReadOnlySpan<char> span = characters;
                var request = new Request { Path = "/api/workflow/v1/x", Authorization = span, AuthorizationCount = 1 };
                wrong += verifier.Verify(in request, verdict) == Status.Ok ? 0 : 1;
            }
            long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            Assert.That(wrong, Is.Zero);
            return allocated;
        }

        Allocated();
        Assert.That(Allocated(), Is.Zero);
    }

    /// <summary>Else the tests above would see nothing.</summary>
    [Test]
    public void Allocations_are_counted() {
        long before = GC.GetAllocatedBytesForCurrentThread();
        GC.KeepAlive(new byte[1]);
        Assert.That(GC.GetAllocatedBytesForCurrentThread(), Is.GreaterThan(before));
    }
}
#endif
