using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Doorward.AspNetCore;

sealed class DoorwardOptionsValidation(IHostEnvironment environment) : IValidateOptions<DoorwardOptions> {
    public ValidateOptionsResult Validate(string? name, DoorwardOptions options) {
        if (options.Configuration.Length == 0) {
            return ValidateOptionsResult.Fail($"{nameof(options.Configuration)} has to name the file of Doorward's configuration");
        }
        string path = Path.Combine(environment.ContentRootPath, options.Configuration);
        if (!File.Exists(path)) {
            return ValidateOptionsResult.Fail($"{nameof(options.Configuration)} names {path}, and there is no such file");
        }
        return options.WaitForKeys < TimeSpan.Zero
            ? ValidateOptionsResult.Fail($"{nameof(options.WaitForKeys)} is less than zero")
            : ValidateOptionsResult.Success;
    }
}
