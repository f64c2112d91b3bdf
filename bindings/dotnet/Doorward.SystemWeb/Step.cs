using System;
using System.Threading;
using System.Threading.Tasks;
using System.Web;

namespace Doorward.SystemWeb;

/// <summary>A step of the pipeline that may end later, on another thread, which is the request's from then on.</summary>
sealed class Step : IAsyncResult {
    readonly Task work;

    internal Step(Task work, HttpContext context, AsyncCallback? callback, object? state) {
        this.work = work;
        AsyncState = state;
        CompletedSynchronously = work.IsCompleted;
        if (CompletedSynchronously) {
            callback?.Invoke(this);
            return;
        }
        work.ContinueWith(_ => {
            // IIS does this itself, and Mono does not.
            HttpContext.Current = context;
            callback?.Invoke(this);
        }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    public object? AsyncState { get; }

    public bool CompletedSynchronously { get; }

    public bool IsCompleted => work.IsCompleted;

    public WaitHandle AsyncWaitHandle => ((IAsyncResult)work).AsyncWaitHandle;

    /// <summary>Throws what the work has thrown.</summary>
    internal void End() => work.GetAwaiter().GetResult();
}
