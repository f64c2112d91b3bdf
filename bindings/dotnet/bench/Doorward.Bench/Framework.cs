using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Doorward.Bench;

/// <summary>
/// The same decision with what the framework has: its JSON, its base64url and its signatures, and nothing of a library for tokens.
/// It checks what has to be checked, and none of what Doorward checks beyond it.
/// </summary>
sealed class Framework {
    const string Issuer = "https://issuer.example/";
    const string Audience = "https://api.k2.com/";

    readonly Dictionary<string, Func<byte[], byte[], bool>> keys = [];

    internal Framework(string jwks) {
        using var set = JsonDocument.Parse(jwks);
        foreach (var key in set.RootElement.GetProperty("keys").EnumerateArray()) {
            keys.Add(key.GetProperty("kid").GetString()!, Verification(key));
        }
    }

    static byte[] Field(JsonElement key, string name) => Base64Url.DecodeFromChars(key.GetProperty(name).GetString());

    static Func<byte[], byte[], bool> Verification(JsonElement key) {
        switch (key.GetProperty("kty").GetString()) {
            case "RSA":
                var rsa = RSA.Create(new RSAParameters { Modulus = Field(key, "n"), Exponent = Field(key, "e") });
                return (input, signature) => rsa.VerifyData(input, signature, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
            case "EC":
                var point = new ECPoint { X = Field(key, "x"), Y = Field(key, "y") };
                var ec = ECDsa.Create(new ECParameters { Curve = ECCurve.NamedCurves.nistP256, Q = point });
                return (input, signature) => ec.VerifyData(input, signature, HashAlgorithmName.SHA256);
            default:
                byte[] secret = Field(key, "k");
                return (input, signature) => CryptographicOperations.FixedTimeEquals(HMACSHA256.HashData(secret, input), signature);
        }
    }

    internal bool Accepts(string header) {
        if (!header.StartsWith("Bearer ", StringComparison.Ordinal)) {
            return false;
        }
        string[] parts = header["Bearer ".Length..].Split('.');
        if (parts.Length != 3) {
            return false;
        }
        using var head = JsonDocument.Parse(Base64Url.DecodeFromChars(parts[0]));
        if (!keys.TryGetValue(head.RootElement.GetProperty("kid").GetString()!, out var verify)) {
            return false;
        }
        byte[] input = Encoding.ASCII.GetBytes(parts[0] + "." + parts[1]);
        if (!verify(input, Base64Url.DecodeFromChars(parts[2]))) {
            return false;
        }
        using var payload = JsonDocument.Parse(Base64Url.DecodeFromChars(parts[1]));
        var claims = payload.RootElement;
        long now = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        return claims.GetProperty("iss").GetString() == Issuer && claims.GetProperty("aud").GetString() == Audience
            && claims.GetProperty("exp").GetInt64() > now && claims.GetProperty("nbf").GetInt64() <= now
            && claims.GetProperty("scp").GetString()!.Split(' ').Contains("user_impersonation");
    }
}
