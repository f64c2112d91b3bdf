// Checks that end the program, and are counted.
using System.Runtime.CompilerServices;

static class Check {
    static int passed;

    public static int Passed => passed;

    public static void That(bool holds, [CallerArgumentExpression(nameof(holds))] string what = "") {
        if (!holds) {
            throw new InvalidOperationException($"does not hold: {what}");
        }
        Interlocked.Increment(ref passed);
    }

    public static void Same<T>(T expected, T actual, [CallerArgumentExpression(nameof(actual))] string what = "") {
        if (!EqualityComparer<T>.Default.Equals(expected, actual)) {
            throw new InvalidOperationException($"expected \"{expected}\", got \"{actual}\": {what}");
        }
        Interlocked.Increment(ref passed);
    }

    public static void Holds(string part, string whole, [CallerArgumentExpression(nameof(whole))] string what = "") {
        if (!whole.Contains(part, StringComparison.Ordinal)) {
            throw new InvalidOperationException($"\"{part}\" is not in \"{whole}\": {what}");
        }
        Interlocked.Increment(ref passed);
    }

    public static void Throws<T>(Action action, [CallerArgumentExpression(nameof(action))] string what = "")
        where T : Exception {
        try {
            action();
        } catch (T) {
            Interlocked.Increment(ref passed);
            return;
        }
        throw new InvalidOperationException($"no {typeof(T).Name}: {what}");
    }
}
