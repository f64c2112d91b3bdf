// The library's log in a method of .NET, which threads call that .NET does not know.
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;

static unsafe class Log {
    const uint Error = 1;
    const uint Debug = 4;
    const int Verifiers = 3;

    /// <summary>What the context of the calls leads to.</summary>
    sealed class Lines {
        readonly List<(uint Level, string Text, int Thread)> lines = [];

        public (uint Level, string Text, int Thread)[] All {
            get {
                lock (lines) {
                    return [.. lines];
                }
            }
        }

        public void Add(uint level, string text) {
            lock (lines) {
                lines.Add((level, text, Environment.CurrentManagedThreadId));
            }
        }
    }

    public static void Run(World world) {
        var lines = new Lines();
        var context = GCHandle.Alloc(lines);
        Check.Same(Status.ArgumentInvalid, Set(&Note, context, Debug + 1));
        Check.Same(Status.Ok, Set(&Note, context, Debug));
        Told(world, lines);
        Check.Same(Status.Ok, Set(null, context, 0));
        context.Free();
        Untold(world, lines);
        StaysOn(world);
    }

    /// <summary>Nobody serves the keys of this issuer, which the thread that fetches them tells.</summary>
    static void Told(World world, Lines lines) {
        for (int time = 0; time < Verifiers; time++) {
            int count = lines.All.Length;
            using var verifier = world.Open("remote.json");
            Check.Same(Status.Ok, verifier.Start());
            Check.That(SpinWait.SpinUntil(() => HasFailure(lines.All[count..]), TimeSpan.FromSeconds(20)));
        }
        Check.That(Array.TrueForAll(lines.All, line => line.Level is >= Error and <= Debug));
    }

    static bool HasFailure((uint Level, string Text, int Thread)[] lines) =>
        Array.Exists(lines, line => line.Text.StartsWith("keys could not be refreshed", StringComparison.Ordinal)
            && line.Thread != Environment.CurrentManagedThreadId);

    static void Untold(World world, Lines lines) {
        int count = lines.All.Length;
        using var verifier = world.Open("remote.json");
        using var verdict = new Verdict();
        Check.Same(Status.KeysNeverLoaded, verifier.Resolve("remote"u8, world.Token("remote.token"), verdict));
        Check.Same(count, lines.All.Length);
    }

    /// <summary>The program ends with a thread of the library at work, and with the log on.</summary>
    static void StaysOn(World world) {
        Check.Same(Status.Ok, Set(&Note, GCHandle.Alloc(new Lines()), Debug));
        Check.Same(Status.Ok, world.Open("remote.json").Start());
    }

    static Status Set(delegate* unmanaged[Cdecl]<nint, uint, byte*, nuint, void> function, GCHandle context,
                      uint level) =>
        Native.doorward_log_set(function, GCHandle.ToIntPtr(context), level);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    static void Note(nint context, uint level, byte* message, nuint length) {
        try {
            var lines = (Lines)GCHandle.FromIntPtr(context).Target!;
            lines.Add(level, Encoding.UTF8.GetString(message, (int)length));
            // The collector stops every thread, also those that .NET has just met.
            GC.Collect();
        } catch (Exception failure) {
            // Into the library it must not go. .NET would end the process too, and tell less.
            Environment.FailFast("the log failed", failure);
        }
    }
}
