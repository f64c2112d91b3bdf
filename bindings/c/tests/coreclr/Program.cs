// A host in .NET. It gets the folder with configurations and tokens, and says nothing but how many checks have passed.
global using System;
global using System.Collections.Generic;
global using System.IO;
global using System.Threading;

static class Program {
    static int Main(string[] arguments) {
        try {
            Run(new World(arguments[0]));
        } catch (Exception failure) {
            Console.Error.WriteLine(failure);
            return 1;
        }
        Console.WriteLine($"passed {Check.Passed} checks");
        return 0;
    }

    static void Run(World world) {
        Answers.Run(world);
        Lives.Run(world);
        Load.Run(world);
        Log.Run(world);
    }
}
