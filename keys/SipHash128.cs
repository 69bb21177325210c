using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Gateway.Keys;

/// <summary>
/// SipHash-2-4 with 128 bits of output (Aumasson and Bernstein, "SipHash: a fast short-input PRF", 2012; the wide output
/// as in their reference implementation). Without its key nobody can find two inputs with one hash, which no
/// unkeyed fast hash gives. Reads any alignment, allocates nothing, same result on any machine.
/// </summary>
public sealed class SipHash128
{
    /// <summary>Bytes of the key, and of a hash.</summary>
    public const int Length = 16;

    private const int BlockLength = 8;

    private readonly ulong _k0;
    private readonly ulong _k1;

    /// <summary>Hashes under a key of 16 bytes.</summary>
    public SipHash128(ReadOnlySpan<byte> key)
    {
        if (key.Length != Length)
            throw new ArgumentException($"A key is {Length} bytes.", nameof(key));
        _k0 = BinaryPrimitives.ReadUInt64LittleEndian(key);
        _k1 = BinaryPrimitives.ReadUInt64LittleEndian(key[8..]);
    }

    /// <summary>Hashes under a random key, which stays in this object.</summary>
    public static SipHash128 WithRandomKey()
    {
        Span<byte> key = stackalloc byte[Length];
        RandomNumberGenerator.Fill(key);
        return new(key);
    }

    /// <summary>Hashes some bytes.</summary>
    /// <param name="data">Of any length.</param>
    /// <param name="hash">Gets 16 bytes.</param>
    public void Compute(ReadOnlySpan<byte> data, Span<byte> hash)
    {
        // The four constants of the paper; 0xee here and below marks the wide output.
        var state = new State
        {
            V0 = _k0 ^ 0x736f6d6570736575,
            V1 = _k1 ^ 0x646f72616e646f6d ^ 0xee,
            V2 = _k0 ^ 0x6c7967656e657261,
            V3 = _k1 ^ 0x7465646279746573,
        };
        var last = (ulong)data.Length << 56;
        for (; data.Length >= BlockLength; data = data[BlockLength..])
            state.Absorb(BinaryPrimitives.ReadUInt64LittleEndian(data));
        for (var i = 0; i < data.Length; i++)
            last |= (ulong)data[i] << (8 * i);
        state.Absorb(last);

        state.V2 ^= 0xee;
        BinaryPrimitives.WriteUInt64LittleEndian(hash, state.Squeeze());
        state.V1 ^= 0xdd;
        BinaryPrimitives.WriteUInt64LittleEndian(hash[8..], state.Squeeze());
    }

    // All of it is inlined, so that the four words live in registers: called, they would live in memory.
    [StructLayout(LayoutKind.Auto)]
    private struct State
    {
        internal ulong V0;
        internal ulong V1;
        internal ulong V2;
        internal ulong V3;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        internal void Absorb(ulong block)
        {
            V3 ^= block;
            Round();
            Round();
            V0 ^= block;
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        internal ulong Squeeze()
        {
            for (var i = 0; i < 4; i++)
                Round();
            return V0 ^ V1 ^ V2 ^ V3;
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private void Round()
        {
            V0 += V1;
            V1 = BitOperations.RotateLeft(V1, 13) ^ V0;
            V0 = BitOperations.RotateLeft(V0, 32);
            V2 += V3;
            V3 = BitOperations.RotateLeft(V3, 16) ^ V2;
            V0 += V3;
            V3 = BitOperations.RotateLeft(V3, 21) ^ V0;
            V2 += V1;
            V1 = BitOperations.RotateLeft(V1, 17) ^ V2;
            V2 = BitOperations.RotateLeft(V2, 32);
        }
    }
}
