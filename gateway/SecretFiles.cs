using Gateway.Keys;

namespace Gateway.Telemetry;

/// <summary>
/// Settings from files, as Docker and Kubernetes hand over secrets: each file of the folder that <c>SECRETS_FOLDER</c> names
/// is a setting, called like the file, with <c>__</c> between section and name. What stands in an environment is read by
/// whoever may look at the process. Both processes compile this file; it belongs to neither, hence the namespace.
/// </summary>
public static class SecretFiles
{
    private const string Folder = "SECRETS_FOLDER";

    /// <summary>Adds them; they win over all other settings.</summary>
    /// <exception cref="SettingsException">The folder is not there: without it the process would run on defaults.</exception>
    public static void Add(IConfigurationManager configuration)
    {
        if (configuration[Folder] is not { Length: > 0 } folder)
            return;
        if (!Directory.Exists(folder))
            throw new SettingsException([$"{Folder}: there is no folder {folder}."]);
        configuration.AddKeyPerFile(Path.GetFullPath(folder), optional: false);
    }
}
