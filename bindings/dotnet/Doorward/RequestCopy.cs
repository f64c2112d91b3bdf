using System;
using System.Text;

namespace Doorward;

/// <summary>A request that outlives the texts that it was made of.</summary>
sealed unsafe class RequestCopy {
    readonly byte[]? api;
    readonly byte[]? path;
    readonly byte[]? authorization;
    readonly byte[]? peer;
    readonly int authorizationCount;

    internal RequestCopy(in Request request) {
        api = Bytes(request.Api);
        path = Bytes(request.Path);
        authorization = Bytes(request.Authorization);
        peer = Bytes(request.Peer);
        authorizationCount = Math.Max(0, request.AuthorizationCount);
    }

    internal delegate Status Taking(IntPtr request);

    /// <summary>Hands a <see cref="NativeRequest"/> to one call.</summary>
    internal Status Call(Taking take) {
        NativeRequest native = default;
        native.struct_size = (nuint)sizeof(NativeRequest);
        native.authorization_count = (nuint)authorizationCount;
        fixed (byte* apiData = api, pathData = path, authorizationData = authorization, peerData = peer) {
            native.api = apiData;
            native.api_len = Length(api);
            native.path = pathData;
            native.path_len = Length(path);
            native.authorization = authorizationData;
            native.authorization_len = Length(authorization);
            native.peer = peerData;
            native.peer_len = Length(peer);
            return take((IntPtr)(&native));
        }
    }

    /// <summary>No credential stays in memory longer than its request.</summary>
    internal void Wipe() {
        if (authorization is not null) {
            Array.Clear(authorization, 0, authorization.Length);
        }
    }

    static nuint Length(byte[]? bytes) => (nuint)(bytes?.Length ?? 0);

#if NET8_0_OR_GREATER
    static byte[]? Bytes(Text text) {
        if (text.Characters.Length == 0) {
            return text.Bytes.Length == 0 ? null : text.Bytes.ToArray();
        }
        var bytes = new byte[Encoding.UTF8.GetByteCount(text.Characters)];
        Encoding.UTF8.GetBytes(text.Characters, bytes);
        return bytes;
    }
#else
    static byte[]? Bytes(Text text) =>
        string.IsNullOrEmpty(text.Characters) ? (byte[]?)text.Bytes?.Clone() : Encoding.UTF8.GetBytes(text.Characters!);
#endif
}
