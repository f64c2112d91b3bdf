using System;
using System.Collections.Generic;
using System.Threading;

namespace Doorward.Tests;

static class Threads {
    /// <summary>Runs work on so many threads at the same time, and waits for all of them. What one throws is thrown.</summary>
    internal static void Run(int count, Action<int> work) {
        var failures = new List<Exception>();
        var threads = new List<Thread>();
        for (int at = 0; at < count; at++) {
            int number = at;
            threads.Add(new Thread(() => {
                try {
                    work(number);
                } catch (Exception failure) {
                    lock (failures) {
                        failures.Add(failure);
                    }
                }
            }));
        }
        threads.ForEach(thread => thread.Start());
        threads.ForEach(thread => thread.Join());
        if (failures.Count > 0) {
            throw new AggregateException(failures);
        }
    }
}
