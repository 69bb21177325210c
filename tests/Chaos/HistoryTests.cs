namespace Gateway.Tests;

/// <summary>A history that was kept is the one that was recorded.</summary>
public sealed class HistoryTests
{
    [Fact]
    public void WhatWasSaved_IsLoaded()
    {
        var history = new History(
            new RunHeader
            {
                Seed = 0,
                Epoch = DateTimeOffset.UnixEpoch,
                Routes = [new RouteFacts { Name = "tokens", Permissions = "tokens:read" }],
            }
        );
        var at = TimeSpan.Zero;
        var later = DateTimeOffset.UnixEpoch.AddMilliseconds(1500);
        HistoryEvent[] events =
        [
            new ClockSample(at, later),
            new Call(at, at, "edge-1", null, "tokens", null, null, 0, null),
            new StreamLife(at, null, "edge-1", "key_1", "tokens", "192.0.2.1", "w", false),
            new AdminWrite
            {
                Begin = at,
                End = at,
                Kind = WriteKind.Create,
                Outcome = WriteOutcome.Done,
                Account = "acc_1",
                Key = "key_1",
                Sets = new KeySettings { ExpiresAt = later },
            },
            new ReadBack(at, at, "acc_1", "key_1", new KeySettings(), false, false, later),
            new LastUsedSample(at, at, "key_1", later),
            new Fault(at, at, FaultKind.Pause, FaultTargets.Store),
            new ProcessLife("edge-1", at, null, null, false, 0),
            new FeedEntry(1, "key.created", "acc_1", "key_1"),
            new UsesInStore("key_1", 0, null),
        ];
        foreach (var happened in events)
            history.Add(happened);
        history.Add(
            new ReceiptRead(at, at, new Receipt(1, false, [new("edge-1", "i", 0, 0)], [new("edge-2", null, later)]))
        );

        using var file = new TemporaryFile();
        history.Save(file.Path);
        var loaded = History.Load(file.Path);

        Assert.Equal(events, loaded.Events.SkipLast(1));
        Assert.Equivalent(history.Events.Last(), loaded.Events.Last(), strict: true);
        Assert.Equivalent(history.Header, loaded.Header, strict: true);
    }

    private sealed class TemporaryFile : IDisposable
    {
        public string Path { get; } = System.IO.Path.GetTempFileName();

        public void Dispose() => File.Delete(Path);
    }
}
