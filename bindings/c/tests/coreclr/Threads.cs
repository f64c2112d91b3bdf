// Threads of the system, as many as are asked for, of which none may fail.

sealed class Threads {
    readonly List<Thread> threads = [];
    readonly List<Exception> failures = [];

    public static Threads Start(int count, Action<int> work) {
        var all = new Threads();
        for (int at = 0; at < count; at++) {
            int number = at;
            var thread = new Thread(() => all.Try(() => work(number)));
            all.threads.Add(thread);
            thread.Start();
        }
        return all;
    }

    void Try(Action work) {
        try {
            work();
        } catch (Exception failure) {
            lock (failures) {
                failures.Add(failure);
            }
        }
    }

    public void Join() {
        threads.ForEach(thread => thread.Join());
        if (failures.Count > 0) {
            throw new AggregateException(failures);
        }
    }
}
