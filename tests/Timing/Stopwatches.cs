using System.Diagnostics;

namespace Gateway.Tests;

/// <summary>Takes the times of two classes of inputs, in random order, each input copied to the same place first: what is
/// measured differs in the input's contents alone, not in where it lies or how often it was used.</summary>
internal static class Stopwatches
{
    /// <summary>Inputs of a class. Many, so that the processor learns none of them by heart.</summary>
    public const int Inputs = 4096;

    /// <summary>What is measured.</summary>
    /// <param name="input">The input.</param>
    /// <param name="number">Its number, for what belongs to it.</param>
    public delegate int Subject(ReadOnlySpan<char> input, int number);

    /// <summary>Takes times until each class has about so many, and compares them.</summary>
    /// <param name="inputs">Those of class 0, then those of class 1; all of one length.</param>
    /// <param name="samples">Of each class.</param>
    /// <param name="subject">What is measured.</param>
    /// <param name="random">The order.</param>
    public static double Compare(string[] inputs, int samples, Subject subject, Random random)
    {
        var ticks = new int[samples * 2];
        var classes = new byte[samples * 2];
        var place = new char[inputs[0].Length];
        var order = new int[samples * 2];
        for (var i = 0; i < order.Length; i++)
        {
            order[i] = random.Next(inputs.Length);
            classes[i] = (byte)(order[i] / (inputs.Length / 2));
        }
        // Once for the compiler, and for what is slow the first time.
        Measure(inputs, order, place, new int[Math.Min(order.Length, 50_000)], subject);
        Measure(inputs, order, place, ticks, subject);
        return Welch.Worst(ticks, classes);
    }

    private static void Measure(string[] inputs, int[] order, char[] place, int[] ticks, Subject subject)
    {
        var sum = 0;
        for (var i = 0; i < ticks.Length; i++)
        {
            inputs[order[i]].CopyTo(place);
            var began = Stopwatch.GetTimestamp();
            sum += subject(place, order[i]);
            ticks[i] = (int)Math.Min(int.MaxValue, Stopwatch.GetTimestamp() - began);
        }
        GC.KeepAlive(sum);
    }
}
