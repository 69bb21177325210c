using FsCheck;
using FsCheck.Fluent;

namespace Gateway.Tests;

/// <summary>Checks a promise on generated input; a counter-example, shrunk, is in the message of the failure.</summary>
internal static class Property
{
    public static void ForAll<T>(Gen<T> generator, Func<T, bool> holds, int times = 300) =>
        Prop.ForAll(generator.ToArbitrary(), holds)
            .Check(Config.QuickThrowOnFailure.WithMaxTest(times).WithQuietOnSuccess(true));

    /// <summary>Up to <paramref name="most"/> elements.</summary>
    public static Gen<T[]> Several<T>(Gen<T> element, int most) =>
        Gen.Choose(0, most).SelectMany(n => element.ArrayOf(n));

    /// <summary>Texts of up to <paramref name="most"/> pieces.</summary>
    public static Gen<string> Text(int most, params string[] pieces) =>
        Several(Gen.Elements(pieces), most).Select(string.Concat);
}
