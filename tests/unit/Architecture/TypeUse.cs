using Mono.Cecil;
using Mono.Cecil.Cil;

namespace KmsPS.Tests.Architecture;

/// <summary>Every type that a type mentions: bases, fields, signatures, attributes, local variables and code.</summary>
internal static class TypeUse
{
    public static IEnumerable<TypeReference> Of(TypeDefinition type) =>
        Shape(type).Concat(type.Methods.SelectMany(Signature)).Concat(type.Methods.SelectMany(Code)).OfType<TypeReference>().SelectMany(Flat);

    private static IEnumerable<TypeReference?> Shape(TypeDefinition type) =>
    [
        type.BaseType,
        .. type.Interfaces.Select(static each => each.InterfaceType),
        .. type.Fields.Select(static field => field.FieldType),
        .. type.CustomAttributes.Select(static each => each.AttributeType),
        .. type.GenericParameters.SelectMany(static each => each.Constraints).Select(static each => each.ConstraintType),
    ];

    private static IEnumerable<TypeReference?> Signature(MethodDefinition method) =>
    [
        method.ReturnType,
        .. method.Parameters.Select(static each => each.ParameterType),
        .. method.CustomAttributes.Select(static each => each.AttributeType),
        .. method.GenericParameters.SelectMany(static each => each.Constraints).Select(static each => each.ConstraintType),
    ];

    private static IEnumerable<TypeReference?> Code(MethodDefinition method) => method.HasBody
        ? method.Body.Variables.Select(static each => each.VariableType).Concat(method.Body.Instructions.SelectMany(Operand))
        : [];

    private static IEnumerable<TypeReference?> Operand(Instruction step) => step.Operand switch
    {
        TypeReference type => [type],
        FieldReference field => [field.DeclaringType, field.FieldType],
        GenericInstanceMethod generic => [generic.DeclaringType, .. generic.GenericArguments],
        MethodReference method => [method.DeclaringType],
        _ => [],
    };

    private static IEnumerable<TypeReference> Flat(TypeReference type) => type switch
    {
        GenericInstanceType generic => generic.GenericArguments.SelectMany(Flat).Prepend(generic.ElementType),
        IModifierType modified => Flat(modified.ElementType).Concat(Flat(modified.ModifierType)),
        TypeSpecification wrapped => Flat(wrapped.ElementType),
        GenericParameter => [],
        _ => [type],
    };
}
