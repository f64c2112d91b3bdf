using System;
using System.Threading;
using System.Threading.Tasks;

namespace Doorward;

public sealed partial class Verifier {
    /// <summary>
    /// How many requests are resolved at the same time, on threads of their own: the pool's, which a server's requests run on, are
    /// not blocked. Others wait for one of these, which costs no thread.
    /// </summary>
    const int Resolving = 32;

    /// <summary>How long a request waits for its turn. Then its answer is <see cref="Status.Pending"/>, which is 503 to the client.</summary>
    static readonly TimeSpan turn = TimeSpan.FromSeconds(10);

    static readonly SemaphoreSlim places = new(Resolving, Resolving);

    /// <summary>
    /// As <see cref="Resolve"/>, without blocking the caller. The verdict is overwritten when the task ends, and not at all where it
    /// is cancelled; the request's texts are copied.
    /// </summary>
    /// <exception cref="OperationCanceledException">The token was cancelled: nothing is known of the request.</exception>
    public Task<Status> ResolveAsync(in Request request, Verdict verdict, CancellationToken cancellation = default) {
        _ = verdict.Handle;
        return ResolveAsync(new RequestCopy(in request), verdict, cancellation);
    }

    async Task<Status> ResolveAsync(RequestCopy request, Verdict verdict, CancellationToken cancellation) {
        bool hasTurn;
        try {
            hasTurn = await places.WaitAsync(turn, cancellation).ConfigureAwait(false);
        } catch {
            request.Wipe();
            throw;
        }
        var work = hasTurn ? StartResolving(request) : Task.FromResult(Decide(request, mayBlock: false));
        var answer = await UnlessCancelled(work, cancellation).ConfigureAwait(false);
        verdict.Adopt(answer);
        return verdict.Status;
    }

    Task<Verdict> StartResolving(RequestCopy request) {
        try {
            return Task.Factory.StartNew(() => {
                try {
                    return Decide(request, mayBlock: true);
                } finally {
                    places.Release();
                }
            }, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        } catch {
            // The machine has no thread left: the next request has the turn.
            places.Release();
            request.Wipe();
            throw;
        }
    }

    unsafe Verdict Decide(RequestCopy request, bool mayBlock) {
        var verdict = new Verdict();
        var answer = verdict.Handle;
        try {
            var pointer = answer.Enter(verdict, handle);
            try {
                verdict.Decided(request.Call(native => Call(handle.Pointer, (NativeRequest*)native, pointer, mayBlock)));
            } finally {
                answer.Leave();
            }
        } catch {
            verdict.Dispose();
            throw;
        } finally {
            request.Wipe();
        }
        return verdict;
    }

    /// <summary>The library can't be called off: the work goes on, and nobody reads what comes of it.</summary>
    static async Task<Verdict> UnlessCancelled(Task<Verdict> work, CancellationToken cancellation) {
        if (!cancellation.CanBeCanceled) {
            return await work.ConfigureAwait(false);
        }
        var cancelled = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        using (cancellation.Register(static source => ((TaskCompletionSource<bool>)source!).TrySetResult(true), cancelled)) {
            if (await Task.WhenAny(work, cancelled.Task).ConfigureAwait(false) == work) {
                return await work.ConfigureAwait(false);
            }
        }
        _ = work.ContinueWith(static ended => {
            if (ended.Status == TaskStatus.RanToCompletion) {
                ended.Result.Dispose();
            } else {
                _ = ended.Exception;
            }
        }, TaskScheduler.Default);
        throw new OperationCanceledException(cancellation);
    }
}
