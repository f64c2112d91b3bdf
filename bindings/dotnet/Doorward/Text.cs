using System;

namespace Doorward;

/// <summary>
/// A text of a request: bytes as they came over the wire, or characters. Both convert by themselves, so that
/// <c>Api = "workflow-rest"</c> and <c>Api = "workflow-rest"u8</c> do. What is not given is <c>default</c>.
/// </summary>
public readonly ref struct Text {
#if NET8_0_OR_GREATER
    internal readonly ReadOnlySpan<byte> Bytes;
    internal readonly ReadOnlySpan<char> Characters;

    Text(ReadOnlySpan<byte> bytes) => Bytes = bytes;

    Text(ReadOnlySpan<char> characters) => Characters = characters;

    /// <summary>Bytes, which have to be UTF-8. They are not copied, and allocate nothing.</summary>
    public static implicit operator Text(ReadOnlySpan<byte> bytes) => new(bytes);

    /// <summary>Characters, which are written to a buffer of the verdict as UTF-8.</summary>
    public static implicit operator Text(ReadOnlySpan<char> characters) => new(characters);

    /// <summary>Bytes, which have to be UTF-8; null is a text that is not given.</summary>
    public static implicit operator Text(byte[]? bytes) => new((ReadOnlySpan<byte>)bytes);

    /// <summary>Characters; null is a text that is not given.</summary>
    public static implicit operator Text(string? characters) => new(characters.AsSpan());
#else
    internal readonly byte[]? Bytes;
    internal readonly string? Characters;

    Text(byte[]? bytes, string? characters) {
        Bytes = bytes;
        Characters = characters;
    }

    /// <summary>Bytes, which have to be UTF-8; null is a text that is not given.</summary>
    public static implicit operator Text(byte[]? bytes) => new(bytes, null);

    /// <summary>Characters, which are written to a buffer of the verdict as UTF-8; null is a text that is not given.</summary>
    public static implicit operator Text(string? characters) => new(null, characters);
#endif
}
