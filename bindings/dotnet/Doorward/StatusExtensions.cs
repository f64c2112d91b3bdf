namespace Doorward;

/// <summary>What the table of codes says of one.</summary>
public static class StatusExtensions {
    /// <summary>What it means, in one sentence.</summary>
    public static string Message(this Status status) {
        NativeLibraryFile.Load();
        return NativeMethods.doorward_status_message(status).Copy();
    }

    /// <summary>The HTTP status that a host answers with; 0 where there is none, as for a wrong configuration.</summary>
    public static int Http(this Status status) {
        NativeLibraryFile.Load();
        return (int)NativeMethods.doorward_status_http(status);
    }
}
