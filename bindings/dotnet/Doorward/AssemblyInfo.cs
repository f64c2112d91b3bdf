using System.Runtime.CompilerServices;

[assembly: InternalsVisibleTo("Doorward.Tests")]
