using System;
using System.IO;
using NUnit.Framework;

namespace Doorward.Tests;

/// <summary>
/// Before all tests: without a world they are ignored. If one was named and does not serve, they fail, so that no run that was meant
/// to have one passes without a test.
/// </summary>
[SetUpFixture]
public class WorldSetUp {
    const string Advice = "`cargo test --locked --package doorward-c the_example_verifies` makes it, as target/tmp/c-abi/world, "
        + "and DOORWARD_TEST_WORLD has to name it by its full path";

    /// <summary>For which the tokens are good.</summary>
    static readonly TimeSpan lifetime = TimeSpan.FromHours(2);

    [OneTimeSetUp]
    public void World_is_there() {
        if (World.Folder.Length == 0) {
            Assert.Ignore($"there is no world of configurations and tokens: {Advice}");
        }
        string token = World.At("good.token");
        Assert.That(File.Exists(token), $"there is no {token}: {Advice}");
        Assert.That(DateTime.UtcNow - File.GetLastWriteTimeUtc(token), Is.LessThan(lifetime), $"the tokens have expired: {Advice}");
    }
}
