using Xunit.Sdk;
using Xunit.v3;

// libtorch has one generator of random numbers, which tests seed and draw from, and kernels of its own for every shape it meets.
[assembly: Parallelization(Mode = ParallelMode.None)]
