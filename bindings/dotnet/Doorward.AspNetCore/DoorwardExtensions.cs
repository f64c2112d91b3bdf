using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;

namespace Doorward.AspNetCore;

/// <summary>Adds Doorward to an application.</summary>
public static class DoorwardExtensions {
    /// <summary>
    /// Requests are authenticated by a file of Doorward's configuration. It is read when the application starts, which fails where it
    /// is wrong.
    /// </summary>
    public static AuthenticationBuilder AddDoorward(
        this AuthenticationBuilder builder, string configuration, Action<DoorwardOptions>? configure = null) =>
        builder.AddDoorwardScheme(DoorwardDefaults.Scheme, options => {
            options.Configuration = configuration;
            configure?.Invoke(options);
        });

    /// <summary>As a section of the application's configuration says, whose names are those of <see cref="DoorwardOptions"/>.</summary>
    public static AuthenticationBuilder AddDoorward(this AuthenticationBuilder builder, IConfiguration section) =>
        builder.AddDoorwardScheme(DoorwardDefaults.Scheme, section.Bind);

    /// <summary>As a scheme of this name, beside others.</summary>
    public static AuthenticationBuilder AddDoorwardScheme(
        this AuthenticationBuilder builder, string scheme, Action<DoorwardOptions> configure) {
        var services = builder.Services;
        services.TryAddSingleton<DoorwardVerifiers>();
        services.TryAddSingleton<DoorwardMeter>();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<DoorwardOptions>, DoorwardOptionsValidation>());
        if (!services.Any(service => service.ImplementationType == typeof(DoorwardStart))) {
            services.AddSingleton<DoorwardStart>();
            // Before the server, which is the last one.
            services.Insert(0, ServiceDescriptor.Singleton<Microsoft.Extensions.Hosting.IHostedService>(
                provider => provider.GetRequiredService<DoorwardStart>()));
        }
        services.AddSingleton(new DoorwardScheme(scheme));
        return builder.AddScheme<DoorwardOptions, DoorwardHandler>(scheme, configure);
    }

    /// <summary>The endpoints are for an API, by its name in Doorward's configuration. They still have to require authorization.</summary>
    public static TBuilder WithDoorwardApi<TBuilder>(this TBuilder builder, string api) where TBuilder : IEndpointConventionBuilder =>
        builder.WithMetadata(new DoorwardApiAttribute(api));

    /// <summary>Tells whether each issuer has keys, and each directory answers.</summary>
    public static IHealthChecksBuilder AddDoorward(
        this IHealthChecksBuilder builder, string name = "doorward", HealthStatus? failureStatus = null) =>
        builder.Add(new HealthCheckRegistration(
            name, provider => new DoorwardHealthCheck(provider.GetRequiredService<DoorwardVerifiers>()), failureStatus, tags: null));
}

/// <summary>Names that an application may need.</summary>
public static class DoorwardDefaults {
    /// <summary>The scheme, where none is named.</summary>
    public const string Scheme = "Doorward";
}

/// <summary>A scheme that was added.</summary>
sealed record DoorwardScheme(string Name);
