using System;
using System.Configuration;
using System.IO;
using System.Web.Configuration;
using System.Web.Hosting;

namespace Doorward.SystemWeb;

/// <summary>What web.config says, in <c>appSettings</c>.</summary>
sealed class ModuleSettings {
    const string ConfigurationKey = "doorward:configuration";
    const string ApiKey = "doorward:api";
    const string OtherPathsKey = "doorward:otherPaths";
    const string LogKey = "doorward:log";

    /// <summary>The file of Doorward's configuration: a path, or <c>~/doorward.json</c> in the application's folder.</summary>
    internal string Configuration { get; } = PathOf(Required(ConfigurationKey));

    /// <summary>The API of all requests; where it is absent, their paths decide.</summary>
    internal string? Api { get; } = WebConfigurationManager.AppSettings[ApiKey];

    /// <summary>Whether requests for paths that belong to no API go on without a user. Else they are refused.</summary>
    internal bool PassesOtherPaths { get; } = OneOf(OtherPathsKey, "refuse", "pass") == "pass";

    /// <summary>The least grave lines that are written to <c>System.Diagnostics.Trace</c>.</summary>
    internal DoorwardLogLevel Log { get; } = (DoorwardLogLevel)Enum.Parse(typeof(DoorwardLogLevel),
        OneOf(LogKey, "Info", "None", "Error", "Warning", "Debug"));

    static string Required(string key) => WebConfigurationManager.AppSettings[key] is { Length: > 0 } value ? value
        : throw new ConfigurationErrorsException($"web.config: appSettings has no {key}, which names the file of Doorward's configuration");

    static string PathOf(string name) {
        string path = name.StartsWith("~/", StringComparison.Ordinal) ? name.Substring(2) : name;
        return Path.Combine(HostingEnvironment.ApplicationPhysicalPath, path);
    }

    /// <summary>One of the words that a setting may have; the first is it where it has none.</summary>
    static string OneOf(string key, params string[] words) {
        string value = WebConfigurationManager.AppSettings[key] ?? words[0];
        return Array.IndexOf(words, value) >= 0 ? value
            : throw new ConfigurationErrorsException($"web.config: {key} is \"{value}\", and may be {string.Join(", ", words)}");
    }
}
