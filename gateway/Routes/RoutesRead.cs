using Gateway.Keys;

namespace Gateway;

/// <summary>A routes file that a command has read, with the place of everything that is to be said about it.</summary>
internal sealed class RoutesRead
{
    private readonly RoutesPlaces _places;

    private RoutesRead(string path, CheckedRoutes? routes, IReadOnlyList<string> problems, RouteContext? context)
    {
        (Path, Routes) = (path, routes);
        _places = new RoutesPlaces(Content(path));
        Problems = Sorted(problems);
        Warnings = Sorted(routes?.Warnings ?? []);
        Shadows = routes is null || context is null ? [] : [.. RouteShadows.Find(routes.Judged, context.Environments)];
    }

    /// <summary>The file, as it was named.</summary>
    public string Path { get; }

    /// <summary>What could be read; null when nothing could.</summary>
    public CheckedRoutes? Routes { get; }

    /// <summary>Why it would not be taken, as they stand in the file.</summary>
    public IReadOnlyList<string> Problems { get; }

    /// <summary>What should be looked at, as it stands in the file.</summary>
    public IReadOnlyList<string> Warnings { get; }

    /// <summary>Laxer routes before stricter ones (<see cref="RouteShadows"/>).</summary>
    public IReadOnlyList<string> Shadows { get; }

    /// <summary>Whether there is a table to print: nothing but overlaps keeps the file from being taken.</summary>
    public bool HasTable => Routes is not null && Problems.Count == Routes.Overlaps.Count;

    /// <summary>What is said below the table.</summary>
    public IEnumerable<string> TableWarnings => [.. Problems, .. Warnings, .. Shadows];

    /// <summary>Reads one.</summary>
    public static async Task<RoutesRead> OfAsync(string path)
    {
        try
        {
            var context = ReadContext();
            var services = new ServiceCollection().AddLogging();
            RoutesFile.AddChecker(services, context);
            await using var provider = services.BuildServiceProvider();
            var (routes, problems) = await RoutesFile.ReadAsync(path, provider.GetRequiredService<RoutesChecker>());
            return new(path, routes, problems, context);
        }
        catch (SettingsException e)
        {
            return new(path, null, [.. e.Problems], null);
        }
    }

    /// <summary>File, line and column of a problem or warning; the file alone where there is no place.</summary>
    public string At(string said) => _places.Of(said) is var (line, column) ? $"{Path}:{line}:{column}" : Path;

    /// <summary>Line and column of a problem or warning.</summary>
    public (int Line, int Column)? PlaceOf(string said) => _places.Of(said);

    private List<string> Sorted(IEnumerable<string> said) => [.. said.OrderBy(s => _places.Of(s) ?? (0, 0))];

    // Settings of other sections do not matter to a file, so that it can be checked where there is no store.
    private static RouteContext ReadContext()
    {
        var configuration = RouteCommands.ReadConfiguration();
        var problems = new List<string>();
        var keys = Settings.Bind<KeyOptions>(configuration, "Keys", problems);
        var changes = Settings.Bind<ChangeOptions>(configuration, "Changes", problems);
        changes.Validate(problems);
        return problems.Count == 0
            ? RouteCommands.ContextOf(new KeyFormat(keys), changes)
            : throw new SettingsException(problems);
    }

    // Read a second time: whoever changes it meanwhile gets a place that is a line off.
    private static ReadOnlySpan<byte> Content(string path)
    {
        try
        {
            return RoutesJson.WithoutMark(File.ReadAllBytes(path)).Span;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }
}
