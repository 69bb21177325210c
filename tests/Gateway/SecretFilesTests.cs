using Gateway.Admin;
using Gateway.Keys;
using Microsoft.Extensions.DependencyInjection;

namespace Gateway.Tests;

/// <summary>Settings from files, as containers are handed their secrets: both processes read them.</summary>
public sealed class SecretFilesTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("gateway-test-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task FileOfTheFolder_IsASetting_AndWins()
    {
        await File.WriteAllTextAsync(Path.Combine(_folder, "Store__ConnectionString"), "Data Source=of-the-file.db\n");
        await File.WriteAllTextAsync(Path.Combine(_folder, "Admin__OperatorToken"), "of-the-file");
        string[] args = [$"--SECRETS_FOLDER={_folder}", "--Admin:OperatorToken=of-the-command-line"];

        await using var admin = AdminApp.Build(args);

        Assert.Equal("of-the-file", admin.Services.GetRequiredService<AdminSettings>().Admin.OperatorToken);
        Assert.Equal("Data Source=of-the-file.db", admin.Configuration["Store:ConnectionString"]);
    }

    [Fact]
    public async Task UnknownSetting_IsRefused_LikeAnyOther()
    {
        await File.WriteAllTextAsync(Path.Combine(_folder, "Store__ConectionString"), "x");
        string[] args = [$"--SECRETS_FOLDER={_folder}"];
        Assert.Contains(
            "ConectionString",
            Assert.Throws<SettingsException>(() => GatewayApp.Build(args)).Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task Commands_ReadTheSameFiles_AsServing()
    {
        await File.WriteAllTextAsync(Path.Combine(_folder, "Store__ConnectionString"), "Data Source=of-the-file.db\n");

        var settings = RouteCommands.ReadConfiguration($"--SECRETS_FOLDER={_folder}");

        Assert.Equal("Data Source=of-the-file.db", settings["Store:ConnectionString"]);
    }

    [Fact]
    public void FolderThatIsNotThere_StopsTheProcess()
    {
        string[] args = ["--SECRETS_FOLDER=/nowhere/at/all"];
        foreach (var build in new Action[] { () => GatewayApp.Build(args), () => AdminApp.Build(args) })
            Assert.Contains(
                "/nowhere/at/all",
                Assert.Throws<SettingsException>(build).Message,
                StringComparison.Ordinal
            );
    }
}
