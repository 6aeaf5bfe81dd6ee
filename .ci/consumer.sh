# Small programs that use the library as its users do.

# The C# example of a Markdown file: example FILE
example() { sed -n '/^```csharp$/,/^```$/p' "$1" | sed '/^```/d'; }

# A console project: consumer FOLDER REFERENCE, its Program.cs from standard input.
consumer() {
    mkdir -p "$1"
    cat > "$1/Program.cs"
    # Nothing of this repository's own settings may reach it.
    echo '<Project />' | tee "$1/Directory.Build.props" "$1/Directory.Build.targets" > "$1/Directory.Packages.props"
    cat > "$1/Consumer.csproj" << EOF
<Project Sdk="Microsoft.NET.Sdk">
  <PropertyGroup>
    <OutputType>Exe</OutputType>
    <TargetFramework>net10.0</TargetFramework>
    <ImplicitUsings>enable</ImplicitUsings>
    <InvariantGlobalization>true</InvariantGlobalization>
    <RestoreAdditionalProjectSources>\$(PackagesUnderTest)</RestoreAdditionalProjectSources>
  </PropertyGroup>
  <ItemGroup>
    $2
  </ItemGroup>
</Project>
EOF
}
