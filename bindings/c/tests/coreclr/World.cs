// The folder with configurations and tokens that the test has made.

sealed class World(string folder) {
    public byte[] Good { get; } = File.ReadAllBytes(Path.Combine(folder, "good.token"));

    public byte[] Forged { get; } = File.ReadAllBytes(Path.Combine(folder, "forged.token"));

    public string At(string name) => Path.Combine(folder, name);

    /// <summary>The whole value of a header.</summary>
    public byte[] Token(string name) => File.ReadAllBytes(At(name));

    public Verifier Open(string name = "config.json") {
        var verifier = Verifier.Open(At(name), out var status, out var error);
        Check.Same(Status.Ok, status);
        Check.Same("", error);
        return verifier!;
    }
}
