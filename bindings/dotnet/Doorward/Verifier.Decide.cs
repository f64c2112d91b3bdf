using System;

namespace Doorward;

public sealed unsafe partial class Verifier {
    Status Decide(in Request request, Verdict verdict, bool mayBlock) {
        var answer = verdict.Handle;
        var pointer = answer.Enter(verdict, handle);
        try {
            verdict.Undecided();
            var status = Decide(in request, handle.Pointer, answer, pointer, mayBlock);
            verdict.Decided(status);
            return status;
        } finally {
            answer.Leave();
        }
    }

    static Status Decide(in Request request, IntPtr verifier, VerdictHandle answer, IntPtr verdict, bool mayBlock) {
        NativeRequest native = default;
        native.struct_size = (nuint)sizeof(NativeRequest);
        native.authorization_count = (nuint)Math.Max(0, request.AuthorizationCount);
        fixed (byte* api = request.Api.Bytes, path = request.Path.Bytes, authorization = request.Authorization.Bytes)
        fixed (byte* peer = request.Peer.Bytes)
        fixed (char* apiText = request.Api.Characters, pathText = request.Path.Characters, peerText = request.Peer.Characters)
        fixed (char* authorizationText = request.Authorization.Characters) {
            Give(api, Length(request.Api.Bytes), ref native.api, ref native.api_len);
            Give(path, Length(request.Path.Bytes), ref native.path, ref native.path_len);
            Give(authorization, Length(request.Authorization.Bytes), ref native.authorization, ref native.authorization_len);
            Give(peer, Length(request.Peer.Bytes), ref native.peer, ref native.peer_len);
            if (apiText != null) {
                answer.Buffer.Api(apiText, Length(request.Api.Characters), out native.api, out native.api_len);
            }
            if (pathText != null) {
                answer.Buffer.Path(pathText, Length(request.Path.Characters), out native.path, out native.path_len);
            }
            if (peerText != null) {
                answer.Buffer.Peer(peerText, Length(request.Peer.Characters), out native.peer, out native.peer_len);
            }
            if (authorizationText == null) {
                return Call(verifier, &native, verdict, mayBlock);
            }
            answer.Buffer.Authorization(authorizationText, Length(request.Authorization.Characters), out native.authorization,
                out native.authorization_len);
            try {
                return Call(verifier, &native, verdict, mayBlock);
            } finally {
                answer.Buffer.Wipe(native.authorization_len);
            }
        }
    }

    static Status Call(IntPtr verifier, NativeRequest* request, IntPtr verdict, bool mayBlock) => mayBlock
        ? NativeMethods.doorward_verifier_resolve(verifier, request, verdict)
        : NativeMethods.doorward_verifier_verify(verifier, request, verdict);

    static void Give(byte* bytes, int length, ref byte* data, ref nuint count) {
        data = bytes;
        count = (nuint)length;
    }

#if NET8_0_OR_GREATER
    static int Length(ReadOnlySpan<byte> bytes) => bytes.Length;

    static int Length(ReadOnlySpan<char> characters) => characters.Length;
#else
    static int Length(byte[]? bytes) => bytes?.Length ?? 0;

    static int Length(string? characters) => characters?.Length ?? 0;
#endif
}
