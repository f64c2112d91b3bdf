// What a decision costs in .NET: the C call alone, the binding with bytes and with a string, and the same work by the framework.
// usage: Doorward.Bench FOLDER MILLISECONDS, with the folder of configuration, key set and tokens that the bench in Rust makes.
using System.Diagnostics;
using Doorward.Bench;

var folder = args[0];
var time = TimeSpan.FromMilliseconds(int.Parse(args[1]));
using var world = new World(folder);
var ways = new[] { "C call", "bytes", "string", "framework" };
Console.WriteLine($"{"",-16}{"C call",10}{"bytes",10}{"over it",10}{"string",10}{"framework",12}{"times",8}{"allocated",12}");
foreach (var subject in world.Subjects) {
    var works = new[] { subject.Native, subject.Bytes, subject.String, subject.Framework };
    foreach (var work in works) {
        work?.Invoke();
    }
    var cost = Measure(works, time);
    long allocated = Allocated(subject.Bytes) + Allocated(subject.String);
    string framework = cost[3] is { } other ? $"{other,10:F0}ns{other / cost[1],8:F1}{Allocated(subject.Framework!),11}B" : "";
    Console.WriteLine(
        $"{subject.Name,-16}{cost[0],8:F0}ns{cost[1],8:F0}ns{cost[1] - cost[0],8:F0}ns{cost[2],8:F0}ns{framework}");
    if (allocated != 0) {
        Console.WriteLine($"{subject.Name}: Verify has allocated {allocated} bytes");
        return 1;
    }
}
return 0;

// In turns, so that what disturbs one disturbs all; of each, the best of its rounds, in nanoseconds.
static double?[] Measure(Action?[] works, TimeSpan time) {
    const int Rounds = 20;
    var best = new double?[works.Length];
    var counts = works.Select(work => work is null ? 0 : CountFor(work, time / Rounds)).ToArray();
    for (int round = 0; round < Rounds; round++) {
        for (int at = 0; at < works.Length; at++) {
            if (works[at] is { } work) {
                double cost = Cost(work, counts[at]);
                best[at] = best[at] is { } before ? Math.Min(before, cost) : cost;
            }
        }
    }
    return best;
}

static int CountFor(Action work, TimeSpan time) {
    int count = 1;
    while (Cost(work, count) * count < time.TotalNanoseconds / 2 && count < 1 << 24) {
        count *= 2;
    }
    return count;
}

static double Cost(Action work, int count) {
    long start = Stopwatch.GetTimestamp();
    for (int time = 0; time < count; time++) {
        work();
    }
    return Stopwatch.GetElapsedTime(start).TotalNanoseconds / count;
}

static long Allocated(Action work) {
    const int Times = 100;
    long before = GC.GetAllocatedBytesForCurrentThread();
    for (int time = 0; time < Times; time++) {
        work();
    }
    return (GC.GetAllocatedBytesForCurrentThread() - before) / Times;
}
