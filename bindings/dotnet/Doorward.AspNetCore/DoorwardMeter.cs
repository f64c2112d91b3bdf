using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Doorward.AspNetCore;

/// <summary>What is counted, by the meter <c>Doorward</c>.</summary>
public sealed class DoorwardMeter {
    readonly Counter<long> decisions;
    readonly Histogram<double> duration;

    /// <summary>For the container.</summary>
    public DoorwardMeter(IMeterFactory factory) {
        var meter = factory.Create("Doorward");
        decisions = meter.CreateCounter<long>("doorward.decisions", "{decision}", "Requests that were decided, by status");
        duration = meter.CreateHistogram<double>("doorward.decision.duration", "s", "How long a decision took, waiting included");
    }

    internal void Decided(string scheme, Status status, TimeSpan elapsed) {
        if (!decisions.Enabled && !duration.Enabled) {
            return;
        }
        var tags = new TagList { { "doorward.scheme", scheme }, { "doorward.status", status.ToString() } };
        decisions.Add(1, tags);
        duration.Record(elapsed.TotalSeconds, tags);
    }
}
